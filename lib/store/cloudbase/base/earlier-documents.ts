import type { HistoryLine, InboxKey, Source } from '../../../model/message';
import { isInboxKey, SOURCES } from '../../../model/message';
import type { OrderPayment } from '../../../model/order';
import type { RefundProgress, RefundRefusal } from '../../../model/refund';
import { FINAL_REFUSALS } from '../../../model/refund';
import type { Instant } from '../../../values/instant';

/*
 * Documents of versions before 0.2 kept in their histories what is a field now. Reading a document
 * derives the field from the entries, and writing it stores the field. SQLite does the same once,
 * in a migration. Nothing else may read a history to decide.
 */

interface Recorded {
  readonly history: readonly HistoryLine[];
}

/** An order with what earlier versions left in its history. */
export function withOrderState<Order extends Recorded & { readonly payment: OrderPayment }>(
  order: Order,
): Order {
  const { payment, history } = order;
  if (payment.state !== 'paid' || payment.afterClose === true) return order;
  const { evidence } = payment;
  const isLate = history.some((line) => line.event === 'paid_after_close' && line.evidence === evidence);
  return isLate ? { ...order, payment: { ...payment, afterClose: true } } : order;
}

interface StoredRefund extends Recorded {
  readonly origin: string;
  readonly progress: RefundProgress;
  readonly takenOver?: TakenOver;
  readonly refusal?: RefundRefusal | null | undefined;
}

interface TakenOver {
  readonly by: Source;
  readonly evidence: InboxKey;
}

/** A refund with what earlier versions left in its history. */
export function withRefundState<Stored extends StoredRefund>(
  stored: Stored,
): Omit<Stored, 'refusal' | 'takenOver'> & {
  readonly refusal?: RefundRefusal;
  readonly takenOver?: TakenOver;
} {
  const { refusal, takenOver = takenOverIn(stored), ...rest } = stored;
  const standing = refusal === undefined ? refusalIn(stored) : refusal;
  return {
    ...rest,
    progress: progressIn(stored),
    ...(takenOver === null ? {} : { takenOver }),
    ...(standing === null ? {} : { refusal: standing }),
  };
}

function takenOverIn({ origin, history }: StoredRefund): TakenOver | null {
  const [first] = history;
  if (origin !== 'back_office' || first === undefined || !isInboxKey(first.evidence)) return null;
  const by = SOURCES.find((source) => source === first.path);
  return by === undefined ? null : { by, evidence: first.evidence };
}

function progressIn({ progress, history }: StoredRefund): RefundProgress {
  if (progress.state !== 'succeeded' || progress.afterClose === true) return progress;
  const isLate = history.some(({ event }) => event === 'refund_succeeded_after_close');
  return isLate ? { ...progress, afterClose: true } : progress;
}

/** The line says `<code>: <WeChat Pay's words>`. */
function refusalIn({ progress, history }: StoredRefund): RefundRefusal | null {
  if (progress.state !== 'requested') return null;
  const last = history
    .filter(({ event }) => event === 'refund_declined' || event === 'refund_asked_again')
    .at(-1);
  if (last?.event !== 'refund_declined' || last.evidence === null) return null;
  const [text = '', ...words] = last.evidence.split(': ');
  const code = FINAL_REFUSALS.find((one) => one === text);
  return code === undefined ? null : { at: last.at, code, detail: words.join(': ') };
}

interface StoredRun extends Recorded {
  readonly round: number;
  readonly begunAgainAt?: Instant | null | undefined;
  readonly refusedDownloads?: number;
}

/** A statement run with what earlier versions left in its history. */
export function withRunState<Stored extends StoredRun>(
  stored: Stored,
): Omit<Stored, 'begunAgainAt' | 'refusedDownloads'> & {
  readonly begunAgainAt: Instant | null;
  readonly refusedDownloads: number;
} {
  const { begunAgainAt, refusedDownloads, ...rest } = stored;
  const { round, history } = stored;
  const inRound = ({ event, evidence }: HistoryLine) =>
    event === 'file_refused' && evidence?.startsWith(`round ${round}: `) === true;
  const begun = history.filter(({ event }) => event === 'begun_again').at(-1)?.at ?? null;
  return {
    ...rest,
    begunAgainAt: begunAgainAt === undefined ? begun : begunAgainAt,
    refusedDownloads: refusedDownloads ?? history.filter(inRound).length,
  };
}

/** A message with what earlier versions left in its history. */
export function withMessageState<
  Stored extends Recorded & { readonly replayedBy?: string | null | undefined },
>(stored: Stored): Omit<Stored, 'replayedBy'> & { readonly replayedBy: string | null } {
  const { replayedBy, ...rest } = stored;
  const last = stored.history.filter(({ event }) => event === 'replayed').at(-1)?.evidence ?? null;
  return { ...rest, replayedBy: replayedBy === undefined ? last : replayedBy };
}
