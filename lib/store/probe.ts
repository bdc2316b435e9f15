import type { StoreError } from './errors';

/** Tests what an ack needs. */
export interface Probe {
  /**
   * Writes as a notification would and resolves when that is durable. Nothing of it ever becomes
   * visible. Rejects with the `StoreError` that a notification would get, or with `unavailable`
   * when a write would not outlive this process. It waits as long as a notification would; callers
   * must bound it.
   */
  probe(): Promise<void>;
  /**
   * Why a write would not outlive this process, or null. It only reads names, so it can run before
   * every answer. A database on another machine knows no such reason.
   */
  filesGone(): StoreError | null;
}
