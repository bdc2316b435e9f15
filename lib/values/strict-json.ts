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

/** Walks a text that is known to be JSON. */
function isUnambiguous(text: string): boolean {
  /** The keys of each open object; null for an array. */
  const open: (Set<string> | null)[] = [];
  // Strings, brackets, and the colon that makes the string before it a key.
  const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g;
  let latest = '';
  for (const [token] of text.matchAll(tokens)) {
    switch (token) {
      case '{':
      case '[':
        open.push(token === '{' ? new Set() : null);
        if (open.length > MAX_DEPTH) return false;
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ':': {
        const keys = open.at(-1);
        if (keys === null || keys === undefined) return false;
        const before = keys.size;
        // Two spellings of one key, such as `"a"` and `"\u0061"`, are the same.
        if (keys.add(keyOf(latest)).size === before) return false;
        break;
      }
      default:
        latest = token;
    }
  }
  return true;
}

function keyOf(token: string): string {
  return token.includes('\\') ? String(parseJson(token)) : token.slice(1, -1);
}
