import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { DeliveryError } from '../ops/watch/notice';
import type { Timers } from '../runtime/timers';

/** The dependencies of sending a notice. */
export interface PostParts {
  readonly timers: Timers;
  /** Time limit of one attempt, from its start to the last byte of the response, in ms. */
  readonly timeoutMs: number;
}

/** One request. `url` contains a secret and must never be logged. */
export interface Post {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The response. Redirects are not followed: the secret must not go to another address. */
export interface PostAnswer {
  readonly status: number;
  readonly text: string;
}

/** The most bytes read of a response. Robots answer less; a webhook may answer more. */
const MOST_BYTES = 16_384;

/**
 * Posts JSON. Resolves with any response; rejects with `DeliveryError` `timeout` or `unreachable`
 * when there is none. Uses Node's own client and a new connection: notices minutes apart need no
 * keep-alive, and `fetch` of Node 18 prints a warning to the log.
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
