import type { Alarm, AlarmCause, Signal } from '../model/alarm';
import type { AuditEntry } from '../model/audit';
import type { Figures } from '../model/figures';
import type { Instant } from '../values/instant';
import type { Page } from './requests';

/** What operators did. */
export interface Audit {
  /** Adds an entry; the same id twice is one entry. CloudBase: 1 request. */
  append(entry: AuditEntry): Promise<void>;

  /** Entries, newest first (ties by id, descending), all or about one item's name, `limit` (1 to 1000) per page. CloudBase: 1 request. */
  list(query: {
    readonly subject: string | null;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<Page<AuditEntry>>;
}

/** How things stood over time. */
export interface FigureHistory {
  /** Keeps the figures of a span, in place of earlier ones of the same `at`. CloudBase: 1 request, 2 when there are earlier ones. */
  put(figures: Figures): Promise<void>;

  /** The figures with `from <= at < to`, earliest first, at most 1000. CloudBase: 1 request. */
  range(from: Instant, to: Instant): Promise<readonly Figures[]>;

  /** Removes what is older. Answers how many that were. CloudBase: 1 request. */
  forgetBefore(at: Instant): Promise<number>;
}

/** What an operator is called for, and what workers noticed. */
export interface Alarms {
  /** Every alarm that was ever stored: at most one per cause. CloudBase: 1 request. */
  all(): Promise<readonly Alarm[]>;

  /** Writes an alarm if the stored one has the version before its own (1: none is stored). Answers false if not. CloudBase: 1 request. */
  save(alarm: Alarm): Promise<boolean>;

  /** Notes that something was seen just now. CloudBase: 1 request, 2 the first time. */
  raise(signal: Signal): Promise<void>;

  /** The latest signal of each cause. CloudBase: 1 request. */
  signals(): Promise<readonly Signal[]>;

  /**
   * Takes back a signal with this detail: what it tells of was seen to be fixed. One that was raised about something else meanwhile
   * stays. CloudBase: 1 request.
   */
  lower(cause: AlarmCause, detail: string): Promise<void>;
}
