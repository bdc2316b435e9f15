import type { Approval } from '../../model/operators/approval';
import type { Page } from '../requests';

/** The requests that a second person must approve. */
export interface Approvals {
  /** Stores a new request, version 1. False when its id is taken. CloudBase: 1 request. */
  create(approval: Approval): Promise<boolean>;

  /** A request; null for none. It may miss the last write, which `save` detects. 1 request. */
  find(id: string): Promise<Approval | null>;

  /**
   * Requests without a decision (expired ones too), or those with one, newest first (ties by id,
   * descending), `limit` (1 to 1000) per page. Those that cannot be read are left out. CloudBase: 1
   * request.
   */
  list(query: {
    readonly isDecided: boolean;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<Page<Approval>>;

  /**
   * Writes a request over its preceding version. Of several that write at once one wins: false for
   * the others. CloudBase: 1 request.
   */
  save(approval: Approval): Promise<boolean>;
}
