import type { Config } from '../config/config-schema';
import type { CallResult, FulfilmentCall } from '../model/fulfilment-call';
import type { Fulfil, MerchantSystem } from '../orders/fulfil';
import { PermanentFulfilmentError } from '../orders/fulfil';
import type { FulfilmentGate } from '../orders/gate';
import { FulfilmentUnavailable } from '../orders/gate';
import type { CallEnd } from '../rules/breaker';
import { afterCall, callsAllowed, CLOSED } from '../rules/breaker';
import type { WebhookVerdict } from '../rules/webhook-answer';
import { readWebhookAnswer } from '../rules/webhook-answer';
import type { SharedPacerDeps } from '../store/shared-pacer';
import { sharedPacer } from '../store/shared-pacer';
import type { Posted } from '../runtime/http-post';
import { postJson } from '../runtime/http-post';
import { stopwatch } from '../runtime/stopwatch';
import type { Timers } from '../runtime/timers';
import { within } from '../runtime/timers';
import { signedHeaders, webhookKey } from '../runtime/webhook-signature';
import type { Trace } from '../trace/port';
import { maskPayer } from '../values/ids';
import type { Clock } from '../values/instant';
import { orderEvent, testEvent } from './event';
import type { WebhookTest } from './test-result';
import { problemOf } from './test-result';

/** The address of the merchant's system, its secrets, and how it may be called. */
export interface WebhookSettings extends Readonly<NonNullable<Config['fulfilment']['webhook']>> {
  /** The time limit of one call, in ms. */
  readonly timeoutMs: number;
  /** The current secret, and during a rotation the next one as well. */
  readonly secrets: readonly string[];
}

/** What calling needs. */
export interface WebhookDeps extends SharedPacerDeps {
  readonly timers: Timers;
  /** Absent: calls carry no `traceparent`. */
  readonly trace?: Trace;
}

/** The merchant's system behind its address. */
export interface Webhook extends MerchantSystem {
  readonly gate: FulfilmentGate;
  /** Sends a test event, whatever the gate says. Never rejects. */
  test(id: string): Promise<WebhookTest>;
}

/** Lanes for each call per second: enough for the calls of two seconds to be under way. */
const LANES_PER_RATE = 2;

/** The most characters kept of an answer. */
const SAID_LENGTH = 200;

/**
 * Fulfils by signed HTTP calls. All runs share the rate. What is remembered of the destination
 * belongs to this process: each learns by a few calls whether it is away.
 *
 * Failure policy: fail closed. A call without an answer proves nothing. It is thrown as
 * `FulfilmentUnavailable`, and the order is called for again with the same key.
 */
export function openWebhook(settings: WebhookSettings, deps: WebhookDeps): Webhook {
  const { clock, timers, log } = deps;
  const { url: address, secrets, timeoutMs, perSecond, breaker: breakerSettings } = settings;
  const url = new URL(address);
  const keys = secrets.map(webhookKey);
  const now = stopwatch(clock);
  const pacer = perSecond === null ? null : sharedPacer(deps, 'fulfilments', perSecond);
  let breaker = CLOSED;

  const send = (
    id: string,
    body: string,
    { signal, traceparent }: { readonly signal?: AbortSignal; readonly traceparent?: string } = {},
  ): Promise<Posted> => {
    const signed = signedHeaders({ id, atMs: clock.now(), body }, keys);
    const headers = traceparent === undefined ? signed : { ...signed, traceparent };
    return postJson(
      { timers, timeoutMs, ...(signal === undefined ? {} : { signal }) },
      { url, headers, body },
    );
  };
  const learn = (order: string, beganAt: number, verdict: WebhookVerdict): void => {
    const before = breaker.state;
    const end: CallEnd =
      verdict.result === 'unavailable'
        ? { kind: 'unanswered', beganAt, order, afterMs: verdict.afterMs, isForAll: verdict.isForAll }
        : { kind: 'answered', beganAt };
    breaker = afterCall(breaker, end, now(), breakerSettings);
    if (breaker.state === before) return;
    const event = breaker.state === 'open' ? 'fulfilment_paused' : 'fulfilment_resumed';
    log[breaker.state === 'open' ? 'error' : 'info'](event, { outTradeNo: null, host: url.host });
  };

  const fulfil: Fulfil = async (order, key, signal, note) => {
    const { outTradeNo, payer } = order;
    const at = clock.now();
    const beganAt = now();
    const elapsed = stopwatch(clock);
    let isOver = false;
    const conclude = (posted: Posted): WebhookVerdict => {
      const verdict = verdictOf(posted, clock);
      if (isOver) return verdict;
      isOver = true;
      learn(outTradeNo, beganAt, verdict);
      note({ at, ...kept(posted, verdict.result, elapsed(), payer) });
      return verdict;
    };
    // The run decides as soon as it gives up, before the request has ended.
    const giveUp = (): void => void conclude({ kind: 'timeout' });
    signal.addEventListener('abort', giveUp);
    const traceparent = deps.trace?.contextOf(order);
    const posted = await send(key, orderEvent(order, key, at), {
      signal,
      ...(traceparent === undefined ? {} : { traceparent }),
    });
    signal.removeEventListener('abort', giveUp);
    const verdict = conclude(posted);
    switch (verdict.result) {
      case 'fulfilled':
        return verdict.receipt === null ? undefined : { receipt: storable(verdict.receipt) };
      case 'refused':
        throw new PermanentFulfilmentError(readable(verdict.why, payer));
      case 'declined':
        throw new Error(readable(verdict.why, payer));
      case 'unavailable':
        throw new FulfilmentUnavailable(verdict.why, verdict.afterMs);
    }
  };

  return {
    fulfil,
    gate: {
      most: perSecond === null ? Infinity : Math.ceil(LANES_PER_RATE * perSecond),
      allowed: () => callsAllowed(breaker, now()),
      async turn(forMs) {
        if (pacer === null) return true;
        const turn = await within(timers, Math.max(1, forMs), () => pacer.turn());
        return turn.kind === 'value' && turn.value;
      },
    },
    async test(id) {
      const elapsed = stopwatch(clock);
      const posted = await send(id, testEvent(id, clock.now()));
      const call = kept(posted, verdictOf(posted, clock).result, elapsed(), null);
      return { id, host: url.host, ...call, problem: problemOf(call) };
    },
  };
}

const ASKS_NOTHING = { afterMs: null, isForAll: false } as const;

function verdictOf(posted: Posted, clock: Clock): WebhookVerdict {
  switch (posted.kind) {
    case 'answer':
      return readWebhookAnswer(posted, clock.now());
    case 'timeout':
      return { result: 'unavailable', why: 'no answer within the time limit', ...ASKS_NOTHING };
    case 'unreachable':
      return { result: 'unavailable', why: `cannot be reached: ${posted.code}`, ...ASKS_NOTHING };
  }
}

function kept(
  posted: Posted,
  result: CallResult,
  ms: number,
  payer: string | null,
): Omit<FulfilmentCall, 'at'> {
  switch (posted.kind) {
    case 'answer':
      return { ms, result, status: posted.status, said: readable(posted.text, payer) };
    case 'timeout':
      return { ms, result, status: null, said: 'timeout' };
    case 'unreachable':
      return { ms, result, status: null, said: posted.code };
  }
}

/** The start of an answer on one line: without the payer, and without what moves a cursor. */
function readable(text: string, payer: string | null): string {
  const masked = payer === null ? text : text.replaceAll(payer, maskPayer(payer));
  const line = masked
    .slice(0, 10 * SAID_LENGTH)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  return storable(line.slice(0, SAID_LENGTH));
}

/** A text without halves of characters, which JSON may name and not every store takes. */
function storable(text: string): string {
  return text.replace(/\p{Cs}/gu, '');
}
