import type { Redelivered } from '../model/message';
import { orderOf } from '../model/message';
import { contradicts } from '../rules/contradiction';
import { errorText } from '../runtime/error-text';
import type { Log } from '../runtime/log';
import type { HearDeps } from './hear';
import { keepBeside, revive } from './hear';

/** Redelivered messages looked at in one run. */
const LOOKED_AT = 100;

/**
 * Looks at redelivered messages. A callback is acknowledged with one cheap write, so its repeat is
 * evaluated here: it revives a message that is dead of a passing failure; content that contradicts
 * the message is recorded beside it and decided by itself (G11). What this adds to the inbox is due
 * at once.
 *
 * If a run dies halfway, the next one repeats the rest and may revive a message once more.
 *
 * Never rejects. Failure policy: fail open. A failure here must not delay other notifications; the
 * next run tries again.
 *
 * CloudBase: 1 request if nothing was redelivered; otherwise about 2 more, and 1 to 3 for each
 * message that revives or contradicts.
 */
export async function reconsiderRedelivered(deps: HearDeps & { readonly log: Log }): Promise<void> {
  const { store, log } = deps;
  try {
    const all = await store.inbox.redelivered(LOOKED_AT);
    if (all.length === 0) return;
    for (const one of all) await reconsider(deps, one);
    await store.inbox.settleRedelivered(all.map(({ message }) => message));
  } catch (error) {
    log.error('redelivered_not_reviewed', { outTradeNo: null, error: errorText(error) });
  }
}

async function reconsider(
  deps: HearDeps & { readonly log: Log },
  { message, told }: Redelivered,
): Promise<void> {
  const { key, outTradeNo, lastDeliveredAt: receivedAt } = message;
  const others = told.filter(({ content }) => contradicts(message.content, content));
  for (const { content, raw } of others) {
    const fact = { key, content, outTradeNo: orderOf(content), trust: 'platform', raw } as const;
    // A repeat of this one is redelivered itself, and the next run looks at it.
    const kept = await keepBeside(deps, { ...fact, path: 'callback', receivedAt });
    deps.log.warn('message_contradicted', { outTradeNo, key, by: kept.key });
  }
  if (others.length < told.length && (await revive(deps, message))) {
    deps.log.info('message_revived', { outTradeNo, key });
  }
}
