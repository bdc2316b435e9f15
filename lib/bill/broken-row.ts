import { MAX_LINE_BYTES } from './fields';

/**
 * A line feed inside 商品名称 or 商户数据包 breaks a row over several lines: the format cannot escape one.
 * The reader holds such lines until they form one whole row, or until it is clear that they do not.
 */

/**
 * The most lines of one row. A product name has at most 128 bytes, so more lines are not one row.
 */
const MOST_LINES = 64;

const LINE_FEED = 0x0a;
const COMMA = 0x2c;
const BACK_TICK = 0x60;
/** `yyyy-MM-dd HH:mm:ss`, digits as `0`. */
const TIME = Buffer.from('0000-00-00 00:00:00');

/** One held line: `bytes[start]` up to, not including, `bytes[end]`. */
export interface HeldLine {
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

/** Lines that may be parts of one row. Takes the memory of one longest line. */
export interface HeldLines {
  /** False until a line is held. While it is true, every line goes through this object. */
  isOpen(): boolean;
  /** Holds one more line. False, with nothing held of it, when there is no room. */
  add(bytes: Buffer, start: number, end: number, line: number): boolean;
  /** All lines as one, joined by line feeds: from 0 to `end`. Valid until the next `add`. */
  joined(): { readonly bytes: Buffer; readonly end: number };
  /** The number of the first line. */
  firstLine(): number;
  /** Releases the lines. Their bytes stay readable in `joined().bytes` until the next `add`. */
  release(): readonly HeldLine[];
}

/** Creates an empty holder for the lines of one row. */
export function heldLines(): HeldLines {
  let buffer = Buffer.alloc(0);
  let used = 0;
  let held: HeldLine[] = [];
  return {
    isOpen: () => held.length > 0,
    add(bytes, start, end, line) {
      if (buffer.length === 0) buffer = Buffer.alloc(MAX_LINE_BYTES);
      const from = held.length === 0 ? 0 : used + 1;
      if (held.length >= MOST_LINES || from + end - start > buffer.length) return false;
      if (from > 0) buffer[used] = LINE_FEED;
      used = from + bytes.copy(buffer, from, start, end);
      held.push({ start: from, end: used, line });
      return true;
    },
    joined: () => ({ bytes: buffer, end: used }),
    firstLine: () => held[0]?.line ?? 0,
    release() {
      const lines = held;
      held = [];
      used = 0;
      return lines;
    },
  };
}

/** True for a line that starts as only a row does: with a time between back-ticks and commas. */
export function beginsRow(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < TIME.length + 3 || bytes[start] !== BACK_TICK) return false;
  for (let i = 0; i < TIME.length; i += 1) {
    const byte = bytes[start + 1 + i] ?? 0;
    const wanted = TIME[i] ?? 0;
    const digit = byte >= 0x30 && byte <= 0x39;
    if (wanted === 0x30 ? !digit : byte !== wanted) return false;
  }
  const after = start + 1 + TIME.length;
  return bytes[after] === COMMA && bytes[after + 1] === BACK_TICK;
}
