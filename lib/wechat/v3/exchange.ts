import type { Log } from '../../runtime/log';
import { within, type Timers } from '../../runtime/timers';
import type { OutTradeNo } from '../../values/ids';
import type { Clock } from '../../values/instant';
import { readableText } from '../readable-text';
import { requestIdOf } from './answer';
import type { V3Keys } from './keys/keys';
import { authorization } from './sign';
import type { V3HttpAnswer, V3Transport } from './transport';

/** What one exchange needs. */
export interface ExchangeDeps {
  readonly transport: V3Transport;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** A fresh random text, at most 32 of `0-9A-Za-z`. */
  readonly nonce: () => string;
}

/** One request, before it is signed. */
export interface Exchange {
  /** What it is, for logs. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly body: Buffer | null;
  /** For logs. */
  readonly outTradeNo: OutTradeNo | null;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** The key of WeChat Pay's that is named; null or absent: the one of public-key mode, if any. */
  readonly namedKey?: string | null;
}

/** What identifies the caller. WeChat Pay refuses some requests without it. */
const USER_AGENT = 'wxpay-inbox';

/**
 * Signs a request, sends it once and logs what came back with its `Request-ID`. Never rejects and
 * never outlasts its time limit, even when the transport breaks its contract.
 */
export async function exchange(
  deps: ExchangeDeps,
  keys: V3Keys,
  { name, method, url, body, outTradeNo, timeoutMs, maxBytes, namedKey = null }: Exchange,
): Promise<V3HttpAnswer> {
  const { clock, log } = deps;
  const began = clock.now();
  // Signed anew at each attempt: WeChat Pay refuses a time stamp older than 5 minutes.
  const seconds = Math.floor(began / 1000);
  const target = url.pathname + url.search;
  const headers = {
    Accept: 'application/json',
    // The signature covers the bytes as sent, and nothing says whether compressed ones count.
    'Accept-Encoding': 'identity',
    'User-Agent': USER_AGENT,
    Authorization: authorization(keys, { method, target, body, seconds, nonce: deps.nonce() }),
    ...(body === null ? {} : { 'Content-Type': 'application/json', 'Content-Length': String(body.length) }),
    ...(namedKey === null ? requestedKey(keys) : { 'Wechatpay-Serial': namedKey }),
  };
  const ended = await within(deps.timers, timeoutMs, () =>
    deps.transport({ method, url: url.href, headers, body, timeoutMs, maxBytes }),
  );
  const answer = answerOf(ended, timeoutMs);
  const about = { outTradeNo, call: name, host: url.host, ms: clock.now() - began };
  if (answer.kind === 'failure') {
    log.warn('v3_no_answer', { ...about, sent: answer.sent, error: readableText(answer.message) });
  } else {
    log.info('v3_answered', { ...about, status: answer.status, requestId: requestIdOf(answer.headers) });
  }
  return answer;
}

/** In public-key mode every request names the key that is to sign its answer. */
function requestedKey({ mode, wechatKeys }: V3Keys): { readonly 'Wechatpay-Serial'?: string } {
  const [first] = mode === 'public_key' ? wechatKeys : [];
  return first === undefined ? {} : { 'Wechatpay-Serial': first.id };
}

function answerOf(ended: Awaited<ReturnType<typeof within<V3HttpAnswer>>>, timeoutMs: number): V3HttpAnswer {
  switch (ended.kind) {
    case 'value':
      return ended.value;
    case 'timeout':
      return { kind: 'failure', sent: 'maybe', message: `no answer within ${timeoutMs} ms` };
    case 'error':
      return { kind: 'failure', sent: 'maybe', message: 'the transport gave up without an answer' };
  }
}
