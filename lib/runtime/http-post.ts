import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Timers } from './timers';

/** One request that posts JSON. `url` may contain a secret and must never be logged. */
export interface Post {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How one request is limited. */
export interface PostLimits {
  readonly timers: Timers;
  /** Time limit from the start of the request to the last byte of the answer, in ms. */
  readonly timeoutMs: number;
  /** Ends the request early, as its time limit would. */
  readonly signal?: AbortSignal;
}

/** An answer over HTTP. */
export interface HttpAnswer {
  readonly status: number;
  /** Its `Retry-After` as it was sent; null without one. */
  readonly retryAfter: string | null;
  /** Its start, at most 16 KiB; of a compressed body nothing that can be read. */
  readonly text: string;
  /** False: `text` is not what was answered, because it is too long or compressed. */
  readonly isWhole: boolean;
}

/** What a request came to. */
export type Posted =
  | ({ readonly kind: 'answer' } & HttpAnswer)
  /** No whole answer within the time limit: the request may have taken effect. */
  | { readonly kind: 'timeout' }
  /** The connection failed, with this code, such as `ECONNREFUSED`. */
  | { readonly kind: 'unreachable'; readonly code: string };

/** The most bytes read of an answer. */
const MOST_BYTES = 16_384;

/**
 * Posts JSON. Resolves with any answer, or with why there is none; never rejects. Redirects are not
 * followed: what is sent is meant for this address only. Uses Node's own client and a new
 * connection: no call fails because an idle connection was closed, and `fetch` of Node 18 prints a
 * warning to the log.
 */
export function postJson(limits: PostLimits, { url, headers, body }: Post): Promise<Posted> {
  const { timers, timeoutMs, signal } = limits;
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const sent = send(url, {
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'wxpay-inbox',
        'accept-encoding': 'identity',
        ...headers,
      },
    });
    const end = (posted: Posted): void => {
      cancel();
      signal?.removeEventListener('abort', giveUp);
      resolve(posted);
    };
    const giveUp = (): void => {
      end({ kind: 'timeout' });
      sent.destroy();
    };
    const cancel = timers.after(timeoutMs, giveUp);
    signal?.addEventListener('abort', giveUp);
    const fail = (error: Error): void => {
      end({ kind: 'unreachable', code: 'code' in error ? String(error.code) : error.name });
    };
    sent.on('error', fail);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const read = (): void => {
        const text = Buffer.concat(chunks).subarray(0, MOST_BYTES).toString('utf8');
        const { 'retry-after': retryAfter = null, 'content-encoding': encoding = 'identity' } =
          response.headers;
        const isWhole = bytes <= MOST_BYTES && encoding === 'identity';
        end({ kind: 'answer', status: response.statusCode ?? 0, retryAfter, text, isWhole });
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes <= MOST_BYTES) return;
        read();
        response.destroy();
      });
      response.on('end', read);
      response.on('error', fail);
    });
    sent.end(body);
  });
}
