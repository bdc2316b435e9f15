import { parseJson } from './json';

/** The deepest nesting accepted. */
const MAX_DEPTH = 32;

/**
 * The value of a JSON text from outside, as `parseJson`, but undefined also when an object names
 * one key twice or values are nested more than 32 deep. Readers disagree about which of two values
 * counts, so such a text says nothing reliable.
 */
export function parseStrictJson(text: string): unknown {
  const value = parseJson(text);
  return value !== undefined && isUnambiguous(text) ? value : undefined;
}

/** Walks a text that is known to be JSON, from one string to the next. */
function isUnambiguous(text: string): boolean {
  /** The keys of each open object; null for an array. */
  const open: (Set<string> | null)[] = [];
  /** The latest string: where it starts, and where it ends. */
  let start = 0;
  let end = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        start = at;
        end = endOfString(text, at);
        at = end;
        break;
      case OPEN_OBJECT:
      case OPEN_LIST:
        if (open.length === MAX_DEPTH) return false;
        open.push(text.charCodeAt(at) === OPEN_OBJECT ? new Set() : null);
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        open.pop();
        break;
      case COLON: {
        const keys = open.at(-1);
        if (keys === null || keys === undefined) return false;
        const before = keys.size;
        // Two spellings of one key, such as `"a"` and `"\u0061"`, are the same.
        if (keys.add(keyOf(text.slice(start, end + 1))).size === before) return false;
        break;
      }
      default:
    }
  }
  return true;
}

const [QUOTE, COLON] = [0x22, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const BACKSLASH = 0x5c;

/** Where the string that begins at `from` ends: at a quote after an even number of backslashes. */
function endOfString(text: string, from: number): number {
  let end = from;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
}

function keyOf(token: string): string {
  return token.includes('\\') ? String(parseJson(token)) : token.slice(1, -1);
}
