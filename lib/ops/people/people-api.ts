import type { Approval, ApprovalState } from '../../model/operators/approval';
import type { ApprovalRefusal } from '../../rules/second-person';
import type { AuditSubject } from '../../model/operators/audit';
import type { Permission } from '../../model/operators/principal';
import type { ChainEnd, ChainFault } from '../../rules/audit-chain';
import type { Instant } from '../../values/instant';
import type { ActResult } from '../changed';

/*
 * The part of the operator API that is about the people behind it: what an action needs, what a
 * second person approves, and the proof of the audit log.
 */

/** What is true of every use of an action. */
export interface ActionRule {
  /** The kind of item it applies to. */
  readonly subject: AuditSubject['kind'];
  readonly needsReason: boolean;
  /** The permission its person needs. */
  readonly needs: Permission;
}

/** Page parameters of every list. `limit` is 1 to 200; 50 when absent. */
export interface PageParams {
  readonly after?: string | null;
  readonly limit?: number;
}

/** Why such an operation, or one that needs a second person, was refused. */
export type PeopleRefusalCode = 'NOT_PERMITTED' | 'NEEDS_APPROVAL' | ApprovalRefusal;

/** A request for approval as a list shows it. */
export interface ApprovalLine extends Approval {
  readonly state: ApprovalState;
  /** Whether its reader may approve it, and whether they may decline (or withdraw) it. */
  readonly isApprovable: boolean;
  readonly isDeclinable: boolean;
}

/** These operations: their parameters, and their answers in addition to `{ok: true}`. */
export interface PeopleOperations {
  /** What a second person must approve: waiting and expired requests, or decided ones. */
  list_approvals: {
    readonly params: PageParams & { readonly decided?: boolean };
    readonly answer: { readonly items: readonly ApprovalLine[]; readonly next: string | null };
  };
  /** One request for approval, waiting or decided. */
  show_approval: {
    readonly params: { readonly id: string };
    readonly answer: { readonly approval: ApprovalLine };
  };
  /** Approves a request and carries it out, as its asker's action. */
  approve: {
    readonly params: { readonly id: string };
    readonly answer: { readonly results: readonly ActResult[] };
  };
  /** Declines a request: nothing of it will happen. */
  decline: { readonly params: { readonly id: string; readonly reason: string }; readonly answer: object };
  /**
   * Checks a part of the chain over the audit log, newest first. `next`: give it as `after` to go
   * on; null at the oldest seal. `anchor`: a seal that somebody wrote down and that must be there.
   */
  verify_record: {
    readonly params: {
      readonly after?: ChainEnd | null;
      readonly anchor?: { readonly n: number; readonly hash: string } | null;
    };
    readonly answer: {
      /** How many seals and sealed entries were checked. */
      readonly seals: number;
      readonly entries: number;
      readonly faults: readonly ChainFault[];
      /** The newest seal of this part; null for none. */
      readonly head: { readonly n: number; readonly hash: string; readonly at: Instant } | null;
      /** When the oldest seal of this part was made; null for none. */
      readonly since: Instant | null;
      readonly next: ChainEnd | null;
    };
  };
}
