import { parseJson } from '../values/json';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Timers } from '../runtime/timers';
import type { LoginAnswer, LoginExchange } from './login';
import { readCode2Session } from './login';

/** WeChat's own address. */
const WECHAT = new URL('https://api.weixin.qq.com');

/** Time limit of one exchange, in ms: the payer waits for it. */
const EXCHANGE_MS = 5_000;

/** The most bytes read of a response. WeChat sends fewer than 500. */
const MOST_BYTES = 16_384;

/** What the exchange needs. */
export interface ExchangeParts {
  readonly appId: string;
  /** The mini program's secret. It is part of the address, so no address is ever logged or told. */
  readonly secret: string;
  readonly timers: Timers;
  /** Where to ask; WeChat itself when absent. */
  readonly origin?: URL;
}

/**
 * Asks WeChat whose code it is, by `GET /sns/jscode2session`, once and without following redirects.
 * Never rejects: a failure is `unknown`, with a reason that contains no secret. The session key in
 * the answer is dropped.
 */
export function code2SessionExchange(parts: ExchangeParts): LoginExchange {
  return { exchange: (code) => ask(parts, code) };
}

function ask({ appId, secret, timers, origin = WECHAT }: ExchangeParts, code: string): Promise<LoginAnswer> {
  const url = new URL('/sns/jscode2session', origin);
  url.search = new URLSearchParams({
    appid: appId,
    secret,
    js_code: code,
    grant_type: 'authorization_code',
  }).toString();
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const sent = send(url, { method: 'GET', headers: { accept: 'application/json' } });
    const end = (answer: LoginAnswer): void => {
      cancel();
      resolve(answer);
      sent.destroy();
    };
    const fail = (reason: string): void => {
      end({ kind: 'unknown', reason });
    };
    const cancel = timers.after(EXCHANGE_MS, () => {
      fail(`no answer within ${EXCHANGE_MS} ms`);
    });
    const broken = (error: Error): void => {
      fail('code' in error ? String(error.code) : error.name);
    };
    sent.on('error', broken);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('error', broken);
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MOST_BYTES) fail('the answer is too large');
      });
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        if (status === 200) end(readCode2Session(parseJson(Buffer.concat(chunks).toString('utf8'))));
        else fail(`HTTP ${status}`);
      });
    });
    sent.end();
  });
}
