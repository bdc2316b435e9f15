import type { Alarm, AlarmCause, Signal } from '../../model/alarm';
import type { AuditEntry } from '../../model/operators/audit';
import type { AuditSeal } from '../../model/operators/audit-seal';
import type { Figures } from '../../model/figures';
import type { SharedEntry } from '../../runtime/shared-state';
import type { Instant } from '../../values/instant';
import type { Page } from '../requests';

/** The audit log. */
export interface Audit {
  /** Adds an entry. The same id twice is one entry. CloudBase: 1 request. */
  append(entry: AuditEntry): Promise<void>;

  /**
   * Entries, newest first (ties by id, descending), all or about one item's name, `limit` (1 to
   * 1000) per page. Without those about the name `except`. CloudBase: 1 request.
   */
  list(query: {
    readonly subject: string | null;
    readonly except?: string | null;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<Page<AuditEntry>>;

  /**
   * The entries with these ids (at most 1000) that exist, in no particular order. CloudBase: 1
   * request, 0 for no ids.
   */
  find(ids: readonly string[]): Promise<readonly AuditEntry[]>;

  /**
   * Adds a seal under its number. False when that number is taken, also by an earlier call with the
   * same seal: of several that add one number, one does. CloudBase: 1 request, 2 when it is taken.
   */
  addSeal(seal: AuditSeal): Promise<boolean>;

  /**
   * The seals with lower numbers than `before`, or the last ones for null, highest number first,
   * at most `limit` (1 to 1000). Rejects with `StoreError` `invalid` when one cannot be read.
   * CloudBase: 1 request.
   */
  seals(query: { readonly before: number | null; readonly limit: number }): Promise<readonly AuditSeal[]>;
}

/** Figures over time. */
export interface FigureHistory {
  /**
   * Stores the figures of a span, replacing those of the same `at`. CloudBase: 1 request, 2 when
   * replacing.
   */
  put(figures: Figures): Promise<void>;

  /** The figures with `from <= at < to`, earliest first, at most 1000. CloudBase: 1 request. */
  range(from: Instant, to: Instant): Promise<readonly Figures[]>;

  /** Deletes older figures. Returns how many. CloudBase: 1 request. */
  forgetBefore(at: Instant): Promise<number>;
}

/** What a run of the watchdog begins with. */
export interface AlarmsStanding {
  readonly alarms: readonly Alarm[];
  readonly signals: readonly Signal[];
  /** The shared value that was asked for; null as for `SharedState.read`. */
  readonly shared: SharedEntry | null;
}

/** The alarms, and the signals of workers. */
export interface Alarms {
  /**
   * What `all`, `signals` and `SharedState.read` of `key` answer, read at once. CloudBase: 1
   * request.
   */
  standing(key: string, now: Instant): Promise<AlarmsStanding>;

  /** All stored alarms: at most one per cause. CloudBase: 1 request. */
  all(): Promise<readonly Alarm[]>;

  /**
   * Writes an alarm if the stored one has the preceding version (for version 1: if none is stored).
   * False if not. CloudBase: 1 request.
   */
  save(alarm: Alarm): Promise<boolean>;

  /** Records that a signal was seen now. CloudBase: 1 request, 2 the first time. */
  raise(signal: Signal): Promise<void>;

  /** The latest signal of each cause. CloudBase: 1 request. */
  signals(): Promise<readonly Signal[]>;

  /**
   * Removes the signal with this detail, because the problem is fixed. A signal with another
   * detail, raised meanwhile, stays. CloudBase: 1 request.
   */
  lower(cause: AlarmCause, detail: string): Promise<void>;
}
