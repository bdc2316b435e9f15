import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from './door/http';

/** Allows only what this server serves, no inline script, no frame. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FILES = new Map<string, { readonly file: string; readonly type: `text/${string}` }>([
  ['/', { file: 'index.html', type: 'text/html; charset=utf-8' }],
  ['/demo.css', { file: 'demo.css', type: 'text/css; charset=utf-8' }],
  ['/demo.js', { file: 'demo.js', type: 'text/javascript; charset=utf-8' }],
  ['/demo-texts.js', { file: 'demo-texts.js', type: 'text/javascript; charset=utf-8' }],
]);

/** The addresses of that page and its parts. */
export const PAGE_PATHS: readonly string[] = [...FILES.keys()];

/** The demo page or a part of it, or null for any other path. */
export function page(path: string): Answer | null {
  const found = FILES.get(path);
  if (found === undefined) return null;
  const body = readFileSync(join(__dirname, 'pages', found.file), 'utf8');
  return {
    status: 200,
    type: found.type,
    body,
    headers: { 'content-security-policy': POLICY, 'referrer-policy': 'no-referrer' },
  };
}
