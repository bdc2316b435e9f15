import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { DeliveryError } from '../ops/watch/notice';
import type { Timers } from '../runtime/timers';

/** How a notice is sent. */
export interface PostParts {
  readonly timers: Timers;
  /** How long one try may take from its beginning to the last byte of the answer, in ms. */
  readonly timeoutMs: number;
}

/** One request: `url` holds a secret and is named nowhere. */
export interface Post {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * What came back. A redirect is an answer like any other: nobody is followed to another address
 * with a secret.
 */
export interface PostAnswer {
  readonly status: number;
  readonly text: string;
}

/** No answer of a robot is longer. What a webhook answers beyond it is not read. */
const MOST_BYTES = 16_384;

/**
 * Posts JSON. Resolves with whatever was answered; rejects with `DeliveryError` `timeout` or
 * `unreachable` when nothing was. Node's own client on a connection of its own: a notice every few
 * minutes keeps none, and `fetch` of Node 18 warns of itself in the log.
 */
export function post({ timers, timeoutMs }: PostParts, { url, headers, body }: Post): Promise<PostAnswer> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = send(url, {
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'wxpay-inbox',
        ...headers,
      },
    });
    const cancel = timers.after(timeoutMs, () => {
      reject(new DeliveryError('timeout', `no answer within ${timeoutMs} ms`));
      sent.destroy();
    });
    const fail = (error: Error): void => {
      cancel();
      reject(new DeliveryError('unreachable', 'code' in error ? String(error.code) : error.name));
    };
    sent.on('error', fail);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const end = (): void => {
        cancel();
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes <= MOST_BYTES) return;
        end();
        response.destroy();
      });
      response.on('end', end);
      response.on('error', fail);
    });
    sent.end(body);
  });
}
