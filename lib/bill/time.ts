import { beijingTime, instant, type Instant } from '../values/instant';

const ZERO = 0x30;
const REGULAR_LENGTH = 19;
const DAY_MS = 86_400_000;
/**
 * The most days remembered. A bill has few days; the cache is cleared before it grows with the
 * file.
 */
const MOST_DAYS = 1000;

/** A time from a bill. `irregular`: not in the documented format, but unambiguous. */
export interface StatementTime {
  readonly at: Instant;
  readonly irregular: boolean;
}

/** Reads the Beijing time in `bytes[start]` up to `bytes[end]`; null when it is invalid. */
export type TimeReader = (bytes: Buffer, start: number, end: number) => StatementTime | null;

/**
 * Creates a reader of bill times (`yyyy-MM-dd HH:mm:ss`, Beijing). Each new day goes through
 * `beijingTime` once and is cached; times of a known day only need an addition, which is about
 * fifty times faster.
 */
export function timeReader(): TimeReader {
  const midnights = new Map<number, number>();

  return (bytes, start, end) => {
    if (end - start !== REGULAR_LENGTH) return irregularTime(bytes.toString('utf8', start, end));
    const date = dateNumber(bytes, start);
    const clock = clockSeconds(bytes, start + 11);
    if (date < 0 || clock < 0 || bytes[start + 10] !== 0x20) {
      return irregularTime(bytes.toString('utf8', start, end));
    }
    let midnight = midnights.get(date);
    if (midnight === undefined) {
      const read = beijingTime(`${bytes.toString('latin1', start, start + 10)} 00:00:00`);
      if (read === null) return null;
      if (midnights.size >= MOST_DAYS) midnights.clear();
      midnight = read;
      midnights.set(date, midnight);
    }
    return { at: instant(midnight + clock * 1000), irregular: false };
  };
}

/** `yyyy-MM-dd` as one number; -1 for any other format. */
function dateNumber(bytes: Buffer, at: number): number {
  if (bytes[at + 4] !== 0x2d || bytes[at + 7] !== 0x2d) return -1;
  const century = twoDigits(bytes, at);
  const year = twoDigits(bytes, at + 2);
  const month = twoDigits(bytes, at + 5);
  const day = twoDigits(bytes, at + 8);
  return century < 0 || year < 0 || month < 0 || day < 0
    ? -1
    : ((century * 100 + year) * 100 + month) * 100 + day;
}

/** `HH:mm:ss` as seconds of the day; -1 for any other format or an invalid time. */
function clockSeconds(bytes: Buffer, at: number): number {
  if (bytes[at + 2] !== 0x3a || bytes[at + 5] !== 0x3a) return -1;
  const hours = twoDigits(bytes, at);
  const minutes = twoDigits(bytes, at + 3);
  const seconds = twoDigits(bytes, at + 6);
  if (hours < 0 || minutes < 0 || seconds < 0 || minutes > 59 || seconds > 59) return -1;
  const ofDay = (hours * 60 + minutes) * 60 + seconds;
  return ofDay * 1000 < DAY_MS ? ofDay : -1;
}

function twoDigits(bytes: Buffer, at: number): number {
  const tens = (bytes[at] ?? 0) - ZERO;
  const ones = (bytes[at + 1] ?? 0) - ZERO;
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
}

const IRREGULAR = /^\s*(\d{4}-\d{2}-\d{2})\s*(\d{2})[:：](\d{2})[:：](\d{2})\s*$/;

/**
 * Reads the variants that spreadsheets and WeChat Pay's own old samples contain: full-width colons,
 * and two blanks or none between day and time. A time without its day stays unreadable: the day
 * cannot be guessed.
 */
function irregularTime(text: string): StatementTime | null {
  const match = IRREGULAR.exec(text);
  if (!match) return null;
  const [, day = '', hours = '', minutes = '', seconds = ''] = match;
  const at = beijingTime(`${day} ${hours}:${minutes}:${seconds}`);
  return at === null ? null : { at, irregular: true };
}
