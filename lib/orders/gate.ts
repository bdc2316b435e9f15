/**
 * The merchant's system gave no answer about this order: it cannot be reached, is overloaded, or
 * does not take our calls. The order waits, and spends no attempt.
 */
export class FulfilmentUnavailable extends Error {
  override readonly name = 'FulfilmentUnavailable';
  /** `afterMs`: the least wait that the system asks for; null when it asks for none. */
  constructor(
    message: string,
    readonly afterMs: number | null = null,
  ) {
    super(message);
  }
}

/** What limits the calls of a merchant's system that may be away, or takes few a second. */
export interface FulfilmentGate {
  /** How many calls may be under way at once. */
  readonly most: number;
  /** `none` while the system is left alone, then `one` that tests whether it is back. */
  allowed(): 'any' | 'one' | 'none';
  /**
   * Waits until one more call may begin, for at most `forMs`. False: the order must be left to a
   * later run. Never rejects.
   */
  turn(forMs: number): Promise<boolean>;
}

/** Keeps one run to a gate. */
export interface GateKeeper {
  /** How many orders may be claimed now; 0 for none. */
  claimable(): number;
  /** So many orders were claimed. */
  claimed(orders: number): void;
  /**
   * Waits for the turn of a claimed order, for at most `forMs`. False: it got none and must be
   * returned. Call `ended` for each claimed order, whether or not it had a turn.
   */
  begin(forMs: number): Promise<boolean>;
  /** A claimed order is done with. True when more may be claimed than before. */
  ended(hadTurn: boolean): boolean;
}

/** Keeps a run of `lanes` to its gate, if there is one. */
export function gateKeeper(gate: FulfilmentGate | undefined, lanes: number): GateKeeper {
  let [claimed, underWay] = [0, 0];
  let isNarrowed = false;
  return {
    claimable() {
      const allowed = gate?.allowed() ?? 'any';
      if (allowed === 'any') return lanes;
      isNarrowed = true;
      return allowed === 'one' && claimed === 0 ? 1 : 0;
    },
    claimed(orders) {
      claimed += orders;
    },
    async begin(forMs) {
      if (gate === undefined) return true;
      if (!(await gate.turn(forMs))) return false;
      const allowed = gate.allowed();
      if (allowed === 'none' || (allowed === 'one' && underWay > 0)) return false;
      underWay += 1;
      return true;
    },
    ended(hadTurn) {
      claimed -= 1;
      if (gate === undefined) return false;
      if (hadTurn) underWay -= 1;
      const isOpen = isNarrowed && gate.allowed() === 'any';
      if (isOpen) isNarrowed = false;
      return isOpen;
    },
  };
}
