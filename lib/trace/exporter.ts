import type { Log } from '../runtime/log';
import type { Post, Posted, PostLimits } from '../runtime/http-post';
import { stopwatch } from '../runtime/stopwatch';
import type { Timers } from '../runtime/timers';
import { within } from '../runtime/timers';
import type { Clock } from '../values/instant';
import { isRecord, parseJson } from '../values/json';
import { otlpJson } from './otlp';
import type { SpanOutcome } from './port';
import type { Span } from './spans';

/** The most spans that wait. One takes less than 2 KB. */
const MOST_WAITING = 2_048;

/** The most spans of one request. */
const BATCH = 512;

/** How long spans wait for others before they are sent, in ms; a full batch does not wait. */
const GATHER_MS = 5_000;

/** After a request that may succeed later, nothing is sent for this long, in ms. */
const PAUSE_MS = 30_000;

/** The time limit of a request, in ms. */
const REQUEST_MS = 10_000;

/** What sending needs. */
export interface ExporterDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly post: (limits: PostLimits, post: Post) => Promise<Posted>;
  /** Counts what became of spans. Must not throw. */
  readonly count: (outcome: SpanOutcome, spans: number) => void;
}

/** Where spans are sent. */
export interface Collector {
  readonly url: URL;
  readonly serviceName: string;
  /** May hold a secret. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends spans to a collector, some time later. */
export interface Exporter {
  /** Never throws, never waits. */
  add(spans: readonly Span[]): void;
  /** Sends what waits, for at most this long, in ms. Never rejects. */
  flush(withinMs: number): Promise<void>;
}

/**
 * A bounded queue of spans in front of a collector, over OTLP/HTTP.
 *
 * Failure policy: fail open. A payment matters and its trace does not: nothing waits for the
 * collector. Where the collector does not answer, spans wait, and those that do not fit the queue
 * are dropped and counted. What the collector refuses is dropped and counted. A batch whose answer
 * is lost is sent again; its spans have the same ids.
 *
 * `gathers`: sends by itself, a few seconds after a span was added or once a batch is full. Without
 * it only `flush` sends, for a process that stands still between its runs.
 */
export function openExporter(collector: Collector, deps: ExporterDeps, gathers: boolean): Exporter {
  const { timers, log, count } = deps;
  const elapsed = stopwatch(deps.clock);
  const waiting: Span[] = [];
  let sending: Promise<void> | null = null;
  let planned: { readonly isFull: boolean; readonly cancel: () => void } | null = null;
  let sendsFrom = 0;
  /** Reported together, so that a flood does not write a line for each. */
  let lost = 0;

  const dropped = (spans: number, reason: string): void => {
    count('dropped', spans);
    log.warn('spans_dropped', { outTradeNo: null, spans, reason });
  };

  const reportLost = (): void => {
    if (lost > 0) dropped(lost, 'the queue is full');
    lost = 0;
  };

  /** Sends one batch. False: nothing more can be sent now. */
  const sendBatch = async (timeoutMs: number): Promise<boolean> => {
    const batch = waiting.slice(0, BATCH);
    const body = otlpJson(collector.serviceName, batch);
    const { url } = collector;
    const headers = { 'content-type': 'application/json', ...collector.headers };
    const verdict = verdictOf(await deps.post({ timers, timeoutMs }, { url, headers, body }), batch.length);
    if (verdict.kind === 'later') {
      sendsFrom = elapsed() + PAUSE_MS;
      log.warn('spans_not_exported', { outTradeNo: null, spans: waiting.length, reason: verdict.reason });
      return false;
    }
    waiting.splice(0, batch.length);
    if (verdict.refused > 0) dropped(verdict.refused, verdict.reason);
    if (verdict.refused < batch.length) count('exported', batch.length - verdict.refused);
    return true;
  };

  const sendAll = async (withinMs: number): Promise<void> => {
    const begunAt = elapsed();
    let isOpen = elapsed() >= sendsFrom;
    // As many as wait now, so that a busy server's run of this ends.
    for (let left = Math.ceil(waiting.length / BATCH); isOpen && left > 0; left -= 1) {
      const remaining = withinMs - (elapsed() - begunAt);
      isOpen = remaining > 0 && (await sendBatch(Math.min(REQUEST_MS, remaining)));
    }
  };

  /** One at a time: two would send the same spans. */
  const send = (withinMs: number): Promise<void> => {
    sending ??= sendAll(withinMs)
      .catch((error: unknown) => {
        dropped(waiting.splice(0).length, error instanceof Error ? error.name : 'error');
      })
      .finally(() => {
        sending = null;
        reportLost();
        plan();
      });
    return sending;
  };

  const plan = (): void => {
    if (!gathers || sending !== null || waiting.length === 0) return;
    const isFull = waiting.length >= BATCH;
    if (planned !== null && (planned.isFull || !isFull)) return;
    planned?.cancel();
    const cancel = timers.after(Math.max(isFull ? 0 : GATHER_MS, sendsFrom - elapsed()), () => {
      planned = null;
      void send(Number.MAX_SAFE_INTEGER);
    });
    planned = { isFull, cancel };
  };

  return {
    add(spans) {
      const taken = spans.slice(0, MOST_WAITING - waiting.length);
      waiting.push(...taken);
      lost += spans.length - taken.length;
      if (lost >= BATCH) reportLost();
      plan();
    },
    async flush(withinMs) {
      reportLost();
      await within(timers, Math.max(1, withinMs), async () => {
        await sending;
        await send(withinMs);
      });
    },
  };
}

type Verdict =
  | { readonly kind: 'taken'; readonly refused: number; readonly reason: string }
  | { readonly kind: 'later'; readonly reason: string };

/** What the answer means for a batch, by the rules of OTLP/HTTP. */
function verdictOf(posted: Posted, spans: number): Verdict {
  if (posted.kind === 'timeout') return { kind: 'later', reason: 'no answer within the time limit' };
  if (posted.kind === 'unreachable') return { kind: 'later', reason: posted.code };
  const reason = `HTTP ${String(posted.status)}`;
  if ([429, 502, 503, 504].includes(posted.status)) return { kind: 'later', reason };
  if (posted.status < 200 || posted.status > 299) return { kind: 'taken', refused: spans, reason };
  const answer = parseJson(posted.text);
  const partial = isRecord(answer) ? answer['partialSuccess'] : null;
  const refused = isRecord(partial) ? Number(partial['rejectedSpans'] ?? 0) : 0;
  const isCount = Number.isSafeInteger(refused) && refused > 0;
  return { kind: 'taken', refused: isCount ? Math.min(refused, spans) : 0, reason: 'refused in part' };
}
