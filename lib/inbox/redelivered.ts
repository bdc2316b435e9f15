import type { InboxKey, InboxMessage, Redelivered } from '../model/message';
import { orderOf } from '../model/message';
import { contradicts } from '../rules/contradiction';
import { mayBePaidOut } from '../rules/refunds/paid-out-after-close';
import type { Budget } from '../runtime/budget';
import { errorText } from '../runtime/error-text';
import type { Log } from '../runtime/log';
import type { HearDeps } from './hear';
import { keepBeside, revive } from './hear';

/** Redelivered messages looked at in one run. */
const LOOKED_AT = 100;

/** With less than this left, in ms, no message is reviewed. */
const RESERVE_MS = 2_000;

type RedeliveredDeps = HearDeps & { readonly log: Log };

/**
 * Looks at redelivered messages. A callback is acknowledged with one cheap write, so its repeat is
 * evaluated here: it revives a message that is dead of a passing failure; content that contradicts
 * the message is recorded beside it and decided by itself (G11), and so is one that gives no state
 * of a refund that was closed since. What this adds to the inbox is due at once.
 *
 * Returns whether it added anything. If a run dies halfway, the next one repeats the rest and may
 * revive a message once more. What the budget leaves no time for stays for the next run.
 *
 * Never rejects. Failure policy: fail open. A failure here must not delay other notifications, and
 * one message that fails must not keep the others back; the next run tries again, those first that
 * were not tried yet.
 *
 * CloudBase: 1 request if nothing was redelivered; otherwise about 2 more, and 1 to 4 for each
 * message that revives or contradicts; 1 more when some fail.
 */
export async function reconsiderRedelivered(deps: RedeliveredDeps, budget: Budget): Promise<boolean> {
  const { store, log } = deps;
  const reviewed: InboxMessage[] = [];
  const failed: InboxKey[] = [];
  let hasChanged = false;
  try {
    for (const one of await store.inbox.redelivered(LOOKED_AT)) {
      if (budget.stopping || budget.remaining() < RESERVE_MS) break;
      const came = await review(deps, one);
      if (came === 'failed') {
        failed.push(one.message.key);
        continue;
      }
      hasChanged ||= came === 'changed';
      reviewed.push(one.message);
    }
    if (reviewed.length > 0) await store.inbox.settleRedelivered(reviewed);
    if (failed.length > 0) await store.inbox.postponeRedelivered(failed);
  } catch (error) {
    log.error('redelivered_not_reviewed', { outTradeNo: null, error: errorText(error) });
  }
  return hasChanged;
}

async function review(deps: RedeliveredDeps, one: Redelivered): Promise<'changed' | 'same' | 'failed'> {
  const { key, outTradeNo } = one.message;
  try {
    return (await reconsider(deps, one)) ? 'changed' : 'same';
  } catch (error) {
    deps.log.error('redelivered_not_reviewed', { outTradeNo, key, error: errorText(error) });
    return 'failed';
  }
}

async function reconsider(deps: RedeliveredDeps, one: Redelivered): Promise<boolean> {
  const { message, told } = one;
  const { key, outTradeNo, lastDeliveredAt: receivedAt } = message;
  const isNews = await saysOfClosed(deps, one);
  const others = told.filter(
    ({ content, raw }) => contradicts(message.content, content) || (isNews && raw !== message.raw),
  );
  for (const { content, raw } of others) {
    const fact = { key, content, outTradeNo: orderOf(content), trust: 'platform', raw } as const;
    // A repeat of this one is redelivered itself, and the next run looks at it.
    const kept = await keepBeside(deps, { ...fact, path: 'callback', receivedAt }, key);
    deps.log.warn('message_contradicted', { outTradeNo, key, by: kept.key });
  }
  const isRevived = others.length < told.length && (await revive(deps, message));
  if (isRevived) deps.log.info('message_revived', { outTradeNo, key });
  return isRevived || others.length > 0;
}

/**
 * True when a refund was closed after its message, which does not give its state, was processed,
 * and another such notification came since. Two that give no state need not say the same, and the
 * second may be about a payout after all. 1 request, for such a message only.
 */
async function saysOfClosed({ store }: HearDeps, { message, told }: Redelivered): Promise<boolean> {
  const { content, state, lastDeliveredAt: heardAt, raw } = message;
  if (state !== 'done' || content.kind !== 'refund' || content.refund.state !== 'unknown') return false;
  if (told.every((one) => one.raw === raw)) return false;
  const [refund] = await store.refunds.find([content.refund.outRefundNo]);
  return refund !== undefined && mayBePaidOut(refund, { content, heardAt, path: 'callback' });
}
