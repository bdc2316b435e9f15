import type { AuditEntry } from '../../model/operators/audit';
import { SIGN_INS } from '../api';
import type { Log } from '../../runtime/log';
import { errorText } from '../../runtime/error-text';
import type { Store } from '../../store/port';
import type { Clock, Instant } from '../../values/instant';
import { later } from '../../values/instant';

/** What can happen to a sign-in. */
export const SIGN_IN_EVENTS = ['sign_in', 'sign_in_refused', 'sign_out', 'session_expired'] as const;

/** One fact of the sign-in log. */
export interface SignInEvent {
  readonly event: (typeof SIGN_IN_EVENTS)[number];
  /** The operator; null when the token named nobody. */
  readonly who: string | null;
  /** From where; stored masked. */
  readonly address: string;
}

/** How many refused sign-ins one process records in an hour; further ones are only counted. */
const REFUSED_AN_HOUR = 60;

const HOUR_MS = 3_600_000;

/** Records sign-ins. */
export type SignInLog = (event: SignInEvent) => void;

/**
 * The sign-in log: entries of the audit log, so they are sealed with it, but listed on their own. A
 * stranger who tries tokens can add a bounded number of entries an hour; the next one tells how
 * many were left out.
 *
 * Failure policy: fail open. A sign-in that cannot be recorded still counts, because operators must
 * reach a system whose store fails; it is in the log (`sign_in_unrecorded`). Whatever they then do
 * is not done without its own record.
 */
export function openSignInLog(deps: {
  readonly store: Pick<Store, 'audit'>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Log;
}): SignInLog {
  const { store, clock, newId, log } = deps;
  let since: Instant = clock.now();
  let refused = 0;
  let leftOut = 0;
  return ({ event, who, address }) => {
    const now = clock.now();
    if (event === 'sign_in_refused') {
      if (now < since || now >= later(since, HOUR_MS)) [since, refused] = [now, 0];
      refused += 1;
      if (refused > REFUSED_AN_HOUR) {
        leftOut += 1;
        return;
      }
    }
    const entry: AuditEntry = {
      id: newId(),
      at: now,
      who: who ?? 'nobody',
      action: event,
      subject: { kind: 'session', name: SIGN_INS },
      reason: null,
      before: null,
      after: { address: maskAddress(address), ...(leftOut === 0 ? {} : { leftOut }) },
      outcome: event === 'sign_in_refused' ? 'refused' : 'done',
    };
    leftOut = 0;
    store.audit.append(entry).catch((error: unknown) => {
      log.error('sign_in_unrecorded', { outTradeNo: null, event, who: entry.who, error: errorText(error) });
    });
  };
}

/** An address without its last part: enough to tell a network, not a person. */
export function maskAddress(address: string): string {
  if (address === '') return 'unknown';
  const cut = Math.max(address.lastIndexOf('.'), address.lastIndexOf(':'));
  return cut < 0 ? '***' : `${address.slice(0, cut + 1)}***`;
}
