import { beijingTime, instant, zonedTime, type Instant } from '../../lib/values/instant';
import { plainDateText } from './date-words';

const DAY_MS = 86_400_000;
const AHEAD_MS = 8 * 3_600_000;

/** A date, then perhaps a time; the separators of Excel, WPS, databases and Chinese texts. */
const WALL =
  /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]*(上午|下午|凌晨|早上|中午|晚上|AM|PM)? *(\d{1,2})(?:[时点]整?|[::时点](\d{1,2})(?:分?(?:[::](\d{1,2})|(?<=分)(\d{1,2})秒?)?)?分?秒?(?:[.,]\d+)?) *(AM|PM)?)?$/i;
/** The same without separators: `20260301`, `20260301090506`, `20260301 09:05:06`. */
const COMPACT = /^(\d{4})(\d{2})(\d{2})(?:[T ]*(\d{2}):?(\d{2}):?(\d{2})?(?:\.\d+)?)?$/;
/** A zone at the end: `Z`, `+08:00`, `+0800 CST`, `GMT+8`. */
const ZONE = /^(.*\d)\s*(Z|UTC|GMT|(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?(?: *[A-Z]{2,5}| *\(.*\))?)$/;
const SERIAL = /^\d{5}(?:\.\d+)?$/;
const EPOCH = /^(\d{10})(\d{3}|\.\d+)?$/;
/** What databases and spreadsheets show where no time is set. */
const UNSET =
  /^(?:0(?:\.0+)?|0000.00.00.*|(?:0001|1753|1900|1970).0?1.0?[01](?:\D.*)?|1899.12.3[01].*|9999.12.31.*)$/;

/**
 * No payment of WeChat Pay is older, and none of a file that exists is later. A number or date
 * beyond is a clock that was not set, or no time at all: it never makes an order one of another
 * day.
 */
const POSSIBLE = { from: Date.UTC(2005, 0), to: Date.UTC(2100, 0) } as const;

/** Reads a time of an orders file. */
export type OrderTimeReader = (cell: string, from1904: boolean) => Instant | null;

/** True for a date that says that there is none, such as `0000-00-00 00:00:00`. */
export function isUnsetTime(cell: string): boolean {
  return UNSET.test(cell);
}

/**
 * Creates a reader of times in any of the usual forms; without a zone they are Beijing's. A date
 * without a time is its beginning, which names the day. A number is a spreadsheet's serial date, or
 * the seconds or milliseconds since 1970. Null for everything else: `3/1/2026` is the third of
 * January to one reader and the first of March to another. Days are remembered, because a file has
 * few.
 */
export function orderTimeReader(): OrderTimeReader {
  const midnights = new Map<string, number | null>();

  function midnightOf(day: string): number | null {
    const known = midnights.get(day);
    if (known !== undefined) return known;
    const read = possible(beijingTime(`${day} 00:00:00`));
    if (midnights.size > 5000) midnights.clear();
    midnights.set(day, read);
    return read;
  }

  return (cell, from1904) => {
    if (cell.length === 19 && PLAIN.test(cell)) {
      const midnight = midnightOf(cell.slice(0, 10));
      const seconds = (twoDigits(cell, 11) * 60 + twoDigits(cell, 14)) * 60 + twoDigits(cell, 17);
      const exists = twoDigits(cell, 11) < 24 && twoDigits(cell, 14) < 60 && twoDigits(cell, 17) < 60;
      if (midnight !== null && exists) return instant(midnight + seconds * 1000);
    }
    if (SERIAL.test(cell)) return possible(serialTime(Number(cell), from1904));
    const [, seconds, more = ''] = EPOCH.exec(cell) ?? [];
    if (seconds !== undefined) {
      return possible(instant(Number(seconds) * 1000 + (/^\d/.test(more) ? Number(more) : 0)));
    }
    return possible(writtenTime(cell) ?? writtenTime(plainDateText(cell)));
  };
}

function possible(at: Instant | null): Instant | null {
  return at !== null && POSSIBLE.from <= at && at < POSSIBLE.to ? at : null;
}

const PLAIN = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

/** Days of a spreadsheet before 1970: it counts from 30 December 1899, or from 1 January 1904. */
const BEFORE_1970 = { from1899: 25_569, from1904: 24_107 } as const;

function serialTime(serial: number, from1904: boolean): Instant {
  const days = serial - (from1904 ? BEFORE_1970.from1904 : BEFORE_1970.from1899);
  // A serial date keeps seconds to about a millisecond.
  return instant(Math.round(days * 86_400) * 1000 - AHEAD_MS);
}

function writtenTime(text: string): Instant | null {
  return zonedTime(text) ?? inZone(text) ?? wallTime(text);
}

/** A wall time with a zone after it. */
function inZone(cell: string): Instant | null {
  const [, wall, , sign, hours = '0', minutes = '0'] = ZONE.exec(cell) ?? [];
  const here = wall === undefined ? null : wallTime(wall.trim());
  // A bare date has no zone: `2026-03-01` ends like an offset of `-01`.
  if (here === null || wall === undefined || !/:|T\d{6}/.test(wall)) return null;
  const ahead = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
  return instant(here + AHEAD_MS - ahead);
}

function wallTime(cell: string): Instant | null {
  const compact = COMPACT.exec(cell);
  if (compact !== null) {
    const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00'] = compact;
    return beijingTime(`${year}-${month}-${day} ${hour}:${minute}:${second}`);
  }
  const parts = WALL.exec(cell);
  if (parts === null) return null;
  const [, year = '', month = '', day = '', before, hour = '0', minute = '0', second, chinese, after] = parts;
  const clock = hourOf(Number(hour), before ?? after ?? '');
  if (clock === null) return null;
  const two = (text: string | number) => String(text).padStart(2, '0');
  const rest = `${two(minute)}:${two(second ?? chinese ?? 0)}`;
  const isEnd = clock === 24 && rest === '00:00';
  const read = beijingTime(`${year}-${two(month)}-${two(day)} ${two(isEnd ? 0 : clock)}:${rest}`);
  // 24:00 is the beginning of the next day.
  return read !== null && isEnd ? instant(read + DAY_MS) : read;
}

/** The hour of a day. Null for 晚上12点, which may be the beginning of the day or its end. */
function hourOf(hour: number, half: string): number | null {
  const afternoon = /^(?:下午|晚上|PM)$/i.test(half);
  const morning = /^(?:上午|凌晨|早上|AM)$/i.test(half);
  if (half === '晚上' && hour === 12) return null;
  if (afternoon && hour < 12) return hour + 12;
  if (morning && hour === 12) return 0;
  return half === '中午' && hour < 3 ? hour + 12 : hour;
}
