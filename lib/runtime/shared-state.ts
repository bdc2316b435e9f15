import type { Instant } from '../values/instant';
import type { Json } from '../values/json';

/** A stored value, and the version that a writer must name to replace it. */
export interface SharedEntry {
  readonly value: Json;
  readonly version: number;
}

/**
 * Small values that all processes of an installation share: rates, when keys were last refreshed,
 * what operators paused or muted, the items of bulk actions. Losing all of it costs a few extra
 * calls, and ends every pause, mute and bulk action; no money moves twice.
 *
 * Both methods reject with a `StoreError`; after `unavailable` a write may or may not have
 * happened.
 */
export interface SharedState {
  /** The value under a key; null when there is none or it has expired. CloudBase: 1 request. */
  read(key: string, now: Instant): Promise<SharedEntry | null>;
  /**
   * Stores a value of at most 64 KiB of JSON if the one under the key still has this version; null:
   * if there is none, or it has expired. Of several writers that name the same version one wins.
   * True for the winner. CloudBase: 1 request, 2 for null.
   */
  write(request: {
    readonly key: string;
    readonly version: number | null;
    readonly value: Json;
    readonly expiresAt: Instant;
    readonly now: Instant;
  }): Promise<boolean>;
}

/** Shared values whose expired ones can be deleted. */
export interface ForgettingState extends SharedState {
  /** Deletes the values that expired before a time. Returns how many. CloudBase: 1 request. */
  forgetExpired(before: Instant): Promise<number>;
}
