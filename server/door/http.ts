import { parseJson } from '../../lib/values/json';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Larger bodies are refused unread. A notification is below 2 KB, a cart below 16 KB. */
const MAX_BODY_BYTES = 256 * 1024;

/**
 * A request's JSON body, or why there is none. `broken_off`: the client left before it was
 * complete.
 */
export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'empty' }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'not_json' }
  | { readonly kind: 'broken_off' };

/** A route's answer. */
export interface Answer {
  readonly status: number;
  readonly type:
    | 'application/json; charset=utf-8'
    | 'text/plain; version=0.0.4; charset=utf-8'
    | 'image/svg+xml'
    | 'application/manifest+json'
    | `text/${string}`;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A value as a JSON answer. */
export function json(status: number, value: object, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(value), headers };
}

/** A typed error as JSON: a stable code, and a sentence with the fix. */
export function problem(status: number, code: string, message: string): Answer {
  return json(status, { ok: false, code, message });
}

/** The answer to an address that must pause before its next token is checked. */
export function pause(seconds: number): Answer {
  const answer = problem(429, 'TOO_MANY_ATTEMPTS', `too many wrong tokens: try again in ${seconds} s`);
  return { ...answer, headers: { 'retry-after': String(seconds) } };
}

/** The answer while too many requests wait. */
export const CROWDED: Answer = {
  ...problem(503, 'CROWDED', 'too many requests are waiting, please try again'),
  headers: { 'retry-after': '1', connection: 'close' },
};

/** A request's raw body, or why there is none. */
export type RawBody =
  { readonly kind: 'bytes'; readonly bytes: Buffer } | { readonly kind: 'too_large' | 'broken_off' };

/**
 * Reads a body of at most `most` bytes (256 KB), untouched. Never rejects. A larger one is
 * answered at once and its rest is discarded.
 */
export function readBytes(request: IncomingMessage, most = MAX_BODY_BYTES): Promise<RawBody> {
  // The client left while the request waited, so no further event would arrive.
  if (request.destroyed) return Promise.resolve({ kind: 'broken_off' });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= most) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      resolve({ kind: 'too_large' });
    });
    request.on('end', () => {
      const [only] = chunks;
      const bytes = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
      resolve({ kind: 'bytes', bytes });
    });
    request.on('error', () => {
      resolve({ kind: 'broken_off' });
    });
    request.on('close', () => {
      resolve({ kind: 'broken_off' });
    });
  });
}

/**
 * Reads a body of at most 256 KB as JSON. Never rejects. A larger one is answered at once and its
 * rest is discarded.
 */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const read = await readBytes(request);
  return read.kind === 'bytes' ? parsed(read.bytes.toString('utf8')) : read;
}

function parsed(text: string): Body {
  if (text === '') return { kind: 'empty' };
  const value = parseJson(text);
  return value === undefined ? { kind: 'not_json' } : { kind: 'json', value };
}

/**
 * The headers of an answer: not cached, and never sniffed as another type, unless it says
 * otherwise.
 */
function headersOf({ type, body, headers }: Answer): Record<string, string> {
  return {
    'content-type': type,
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  };
}

/** An answer as the router's Response. */
export function responseOf(answer: Answer): Response {
  const bodyless = answer.status === 204 || answer.status === 304;
  const headers = headersOf(answer);
  if (bodyless) delete headers['content-length'];
  const body = typeof answer.body === 'string' ? answer.body : new Uint8Array(answer.body);
  return new Response(bodyless ? null : body, { status: answer.status, headers });
}

/** Sends an answer once. When the client is gone, it is dropped. */
export function send(response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(answer.status, headersOf(answer));
  response.end(answer.body);
}

/** The answer to a body that is not JSON. */
export function badBody(kind: Exclude<Body['kind'], 'json' | 'empty'>): Answer {
  return kind === 'too_large'
    ? { ...problem(413, 'TOO_LARGE', 'send at most 256 KB'), headers: { connection: 'close' } }
    : problem(400, 'BAD_JSON', 'send a JSON body');
}
