import type { InboxKey } from '../../lib/model/message';
import type { Store } from '../../lib/store/port';
import type { Instant } from '../../lib/values/instant';

/** The writes of a settlement, in their order. */
export type SettleStep = 'order' | 'refund' | 'discrepancy' | 'message';

/** What can be made unreadable by its name: an id, a cause or an instant. */
export type UnreadableItem = 'entry' | 'figures' | 'alarm' | 'signal';

/** One empty store with a clock of its own: what a conformance case works on. */
export interface StoreHarness {
  readonly store: Store;
  /** The time it is for this case. Stands still unless advanced. */
  readonly now: () => Instant;
  /** Moves the time on by `ms`. */
  readonly advance: (ms: number) => void;
  /**
   * Overwrites the kind in the stored content of a message behind the store's back, so that it
   * becomes unreadable.
   */
  readonly rewriteKind?: (key: InboxKey, kind: string) => Promise<void>;
  /** Makes the history of an item unreadable, behind the store's back, or removes it. */
  readonly rewriteHistory?: (
    of: 'order' | 'refund' | 'message' | 'run',
    number: string,
    history: 'broken' | 'empty',
  ) => Promise<void>;
  /** Overwrites what is stored of an operator's item with JSON of another form. */
  readonly makeUnreadable?: (of: UnreadableItem, name: string) => Promise<void>;
  /** Lets go of everything, and leaves no file, connection or process behind. */
  readonly close: () => Promise<void>;
  /** Another handle on the same data, as a second process would hold it. */
  readonly secondHandle?: () => Store | Promise<Store>;
  /** The time on the host of that handle, where hosts' clocks differ. Absent: `now`. */
  readonly otherNow?: () => Instant;
  /**
   * Interrupts the next `settle`, once, right after the step's write: that call rejects or answers
   * `failed`, and none of its later writes happen. A store that settles in one transaction loses
   * the whole transaction.
   */
  readonly interruptSettleAfter?: (step: SettleStep) => void;
  /**
   * Asked once the case has passed: another harness on which it must pass too, or null when what
   * differs there did not come up in this case.
   */
  readonly next?: () => Promise<StoreHarness> | null;
}

/** Makes a fresh, empty harness. */
export type OpenHarness = () => Promise<StoreHarness>;

/**
 * Hands the case its harness, closes it whatever comes of the case, and goes on with the next one
 * that it must pass on.
 */
export function withHarness(
  open: OpenHarness,
  run: (harness: StoreHarness) => Promise<void>,
): () => Promise<void> {
  return async () => {
    let opening: Promise<StoreHarness> | null = open();
    while (opening !== null) {
      const harness: StoreHarness = await opening;
      try {
        await run(harness);
      } finally {
        await harness.close();
      }
      opening = harness.next?.() ?? null;
    }
  };
}

/** A second handle where the store has one, otherwise the same one: two workers either way. */
export async function otherHandle(harness: StoreHarness): Promise<Store> {
  return harness.secondHandle === undefined ? harness.store : harness.secondHandle();
}

/** A worker on another host: another handle, and the clock of that host. */
export async function otherHost(harness: StoreHarness): Promise<Pick<StoreHarness, 'store' | 'now'>> {
  return { store: await otherHandle(harness), now: harness.otherNow ?? harness.now };
}
