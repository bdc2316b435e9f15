import type { WholeOrder } from '../model/order';
import type { KnownRefunds } from '../rules/hold';
import { errorText } from '../runtime/error-text';
import type { Log } from '../runtime/log';
import type { evidenceReader } from './evidence';
import { refundsReserved } from './refunds-reserved';

/** What speaks against fulfilling an order; null when it could not be read, which is logged. */
export async function evidenceAgainst(
  { store, log }: { readonly store: Parameters<typeof refundsReserved>[0]; readonly log: Log },
  order: WholeOrder,
  evidence: ReturnType<typeof evidenceReader>,
): Promise<KnownRefunds | null> {
  const { outTradeNo } = order;
  try {
    const [open, refunds] = await Promise.all([evidence(outTradeNo), refundsReserved(store, [order])]);
    return { open, refunds };
  } catch (error) {
    log.error('fulfilment_failed', { outTradeNo, error: errorText(error) });
    return null;
  }
}
