import type { Fen } from '../../values/fen';
import type { Instant } from '../../values/instant';
import type { Json } from '../../values/json';
import { isRecord } from '../../values/json';
import { trusted } from '../../values/trusted';
import type { Person } from './principal';

/** An item of a request for approval, with what its asker saw of it. */
export interface AskedItem {
  readonly name: string;
  /** The state its asker saw. The request is carried out only while it is the same. */
  readonly seen: Json;
}

/** What another person said to a request. */
export interface ApprovalDecision {
  readonly kind: 'approved' | 'declined';
  readonly who: string;
  /** Why it was declined; null where no reason is needed. */
  readonly reason: string | null;
  /** When; of an interrupted approval, when it was last taken up. */
  readonly at: Instant;
}

/** How a request stands. */
export const APPROVAL_STATES = ['waiting', 'expired', 'approved', 'declined'] as const;

/** One of `APPROVAL_STATES`. */
export type ApprovalState = (typeof APPROVAL_STATES)[number];

/** An action that one person asks for and another must approve: stored until then. */
export interface Approval {
  /** Unique, of `0-9A-Za-z_-`. */
  readonly id: string;
  /** 1 at first, and one more with every change. */
  readonly version: number;
  /** The action, as the operator API names it. */
  readonly action: string;
  readonly items: readonly AskedItem[];
  /** How much money it moves; null for none. */
  readonly amount: Fen | null;
  readonly reason: string | null;
  readonly asker: Person;
  readonly askedAt: Instant;
  readonly expiresAt: Instant;
  readonly decision: ApprovalDecision | null;
  /** What carrying it out came to; null before it ended. */
  readonly outcome: Json;
  /**
   * The asker's own name for a partial refund, so that the same call made again is the same refund;
   * absent: a refund is named by `id`.
   */
  readonly requestId?: string;
}

/** A request as a store wrote it. */
export const isApproval = trusted<Approval>(
  (value) => isRecord(value) && typeof value.action === 'string' && typeof value.version === 'number',
);

/** How a request stands at this time. */
export function approvalState(
  { decision, expiresAt }: Pick<Approval, 'decision' | 'expiresAt'>,
  now: Instant,
): ApprovalState {
  if (decision !== null) return decision.kind;
  return now >= expiresAt ? 'expired' : 'waiting';
}
