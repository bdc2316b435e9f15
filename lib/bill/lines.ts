import { MAX_LINE_BYTES } from './fields';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Handles one line: `bytes[start]` up to, not including, `bytes[end]`, line end removed. True
 * continues, false stops.
 */
export type OnLine = (bytes: Buffer, start: number, end: number, line: number) => boolean;

/** Splits a stream of bytes into lines. Buffers at most the one incomplete line. */
export interface LineScanner {
  /**
   * Passes every line that these bytes complete to `onLine`. `too_long` when a line exceeds
   * `MAX_LINE_BYTES`.
   */
  push(bytes: Buffer, onLine: OnLine): ScanResult;
  /** Passes a last line without a line end to `onLine`. */
  end(onLine: OnLine): void;
  /** How many lines `onLine` received. */
  lines(): number;
}

/**
 * `more`: continue; `stopped`: `onLine` returned false; `too_long`: the current line exceeds the
 * limit.
 */
export type ScanResult = 'more' | 'stopped' | 'too_long';

/**
 * Creates a scanner. A line ends with a line feed, optionally after a carriage return; the last
 * line needs neither.
 */
export function lineScanner(): LineScanner {
  const pending = Buffer.alloc(MAX_LINE_BYTES);
  let used = 0;
  let lines = 0;

  function emit(bytes: Buffer, start: number, end: number, onLine: OnLine): boolean {
    lines += 1;
    const trimmed = end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
    return onLine(bytes, start, trimmed, lines);
  }

  function keep(bytes: Buffer, start: number, end: number): boolean {
    if (used + end - start > MAX_LINE_BYTES) return false;
    used += bytes.copy(pending, used, start, end);
    return true;
  }

  return {
    push(bytes, onLine) {
      let start = 0;
      for (;;) {
        const feed = bytes.indexOf(LINE_FEED, start);
        if (feed < 0) return keep(bytes, start, bytes.length) ? 'more' : 'too_long';
        if (used > 0) {
          if (!keep(bytes, start, feed)) return 'too_long';
          const length = used;
          used = 0;
          if (!emit(pending, 0, length, onLine)) return 'stopped';
        } else {
          if (feed - start > MAX_LINE_BYTES) return 'too_long';
          if (!emit(bytes, start, feed, onLine)) return 'stopped';
        }
        start = feed + 1;
      }
    },
    end(onLine) {
      if (used > 0) emit(pending, 0, used, onLine);
      used = 0;
    },
    lines: () => lines,
  };
}
