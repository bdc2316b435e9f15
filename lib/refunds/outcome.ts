import { hear } from '../inbox/hear';
import { processInbox } from '../inbox/process';
import type { ProcessDeps } from '../inbox/process-deps';
import type { InboxKey, NewMessage } from '../model/message';
import type { Refund, RefundNote } from '../model/refund';
import type { Budget } from '../runtime/budget';
import type { Store } from '../store/port';
import { later } from '../values/instant';
import type { UnknownAnswer, WeChatPay } from '../wechat/port';
import type { RefundSettings } from './settings';

/**
 * What requesting refunds needs: everything that processing the inbox needs, because the final
 * facts go through the inbox.
 */
export interface AskRefundDeps extends ProcessDeps {
  readonly store: Pick<Store, 'inbox' | 'orders' | 'refunds' | 'paces' | 'refundCounts' | 'shared'>;
  readonly wechat: Pick<WeChatPay, 'refund' | 'queryRefund' | 'queryOrder'>;
  readonly refundSettings: RefundSettings;
}

/**
 * The result of a call: WeChat Pay accepted, its answer is final (`key` names the fact in the
 * inbox, not processed yet), or nothing is final; `stop` when further calls would get no answer
 * either.
 */
export type Asked =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'recorded'; readonly key: InboxKey }
  | { readonly kind: 'later' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'stop'; readonly because: 'rate_limited' | 'missing_api_token' };

/** `first`: by the call that just created the refund. `again`: any other. */
export type Try = 'first' | 'again';

/**
 * Records one fact. A fact whose message is dead is processed once more, because the cause may be
 * fixed; one that an operator dismissed, as `hear` says.
 */
export async function recordFact(deps: AskRefundDeps, message: NewMessage): Promise<InboxKey> {
  return (await hear(deps, message)).key;
}

/** Processes facts that were recorded. The inbox worker finishes what does not complete now. */
export async function applyFacts(
  deps: AskRefundDeps,
  budget: Budget,
  keys: readonly InboxKey[],
): Promise<void> {
  if (keys.length > 0) await processInbox(deps, budget, keys);
}

/** Logs that WeChat Pay's answer decides nothing. */
export function logUnknown(
  { log }: Pick<AskRefundDeps, 'log'>,
  { outTradeNo, outRefundNo }: Refund,
  call: 'refund' | 'queryRefund',
  { reason, detail }: UnknownAnswer,
): void {
  log.warn('wechat_pay_unknown', { outTradeNo, outRefundNo, call, reason, detail });
}

/** Notes that WeChat Pay is paying the refund out. Rejects with a `StoreError`. */
export async function accepted(
  deps: AskRefundDeps,
  refund: Refund,
  refundId: string | null,
  path: 'refund' | 'query',
): Promise<Asked> {
  const { outTradeNo, outRefundNo } = refund;
  const now = deps.clock.now();
  deps.log.info('refund_accepted', { outTradeNo, outRefundNo, refundId });
  await noteRequested(deps, refund, {
    progress: { state: 'processing', refundId, acceptedAt: now },
    nextAskAt: later(now, deps.refundSettings.askAfterMs[0]),
    lastError: null,
    entry: { at: now, event: 'refund_accepted', path, evidence: refundId },
  });
  return { kind: 'accepted' };
}

/**
 * How often a note is retried on a refund that changed meanwhile. One that moved on does not need
 * it.
 */
const NOTE_TRIES = 3;

/**
 * Notes something about a refund that is still `requested`, whatever its version. One that moved on
 * is left as it is. Rejects with a `StoreError`.
 */
export async function noteRequested(
  deps: AskRefundDeps,
  refund: Refund,
  note: Omit<RefundNote, 'outRefundNo' | 'expectedVersion'>,
): Promise<void> {
  const { outRefundNo } = refund;
  let current: Refund | undefined = refund;
  for (let tries = 1; current?.progress.state === 'requested'; tries += 1) {
    const { version: expectedVersion } = current;
    if (await deps.store.refunds.note({ outRefundNo, expectedVersion, ...note })) return;
    if (tries === NOTE_TRIES) return;
    [current] = await deps.store.refunds.find([outRefundNo]);
  }
}
