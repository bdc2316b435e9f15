import type { AlarmCause } from '../model/alarm';
import type { IssueHandling } from '../model/operators/issue';
import { isIssueHandling } from '../model/operators/issue';
import type { Log } from '../runtime/log';
import type { SharedEntry, SharedState } from '../runtime/shared-state';
import type { Clock } from '../values/instant';
import { later } from '../values/instant';
import { isJson, parseJson } from '../values/json';
import { StoreError } from './errors';

/** What reading and writing needs. */
export interface IssueDeps {
  readonly store: { readonly shared: SharedState };
  readonly clock: Clock;
  readonly log: Log;
}

/** All causes are one value: they are few, and are read together. */
const KEY = 'issues';

/** Far longer than any mute, in ms. */
const KEPT_MS = 366 * 86_400_000;

/** How often a change is tried when other operators change issues at the same time. */
const TRIES = 5;

/**
 * What operators said of the issues; mutes that have ended are among it. CloudBase: 1 request.
 * Rejects with a `StoreError`.
 *
 * Failure policy: fail open for what cannot be read, which is logged: a mute that cannot be read
 * silences nothing.
 */
export async function handledIssues(deps: IssueDeps): Promise<readonly IssueHandling[]> {
  return issuesIn(deps.log, await deps.store.shared.read(KEY, deps.clock.now()));
}

function issuesIn(log: Log, entry: SharedEntry | null): readonly IssueHandling[] {
  const stored: unknown = entry?.value ?? [];
  const all: readonly unknown[] = Array.isArray(stored) ? stored : [stored];
  const read = all.filter((one) => isIssueHandling(one));
  if (read.length < all.length) log.error('issues_unreadable', { outTradeNo: null });
  return read;
}

/**
 * Changes what is said of one issue. Returns it before and after. Rejects with a `StoreError`; then
 * it may or may not stand. CloudBase: 2 or 3 requests.
 */
export async function changeIssue(
  deps: IssueDeps,
  cause: AlarmCause,
  change: (before: IssueHandling) => IssueHandling,
): Promise<{ readonly before: IssueHandling; readonly after: IssueHandling }> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const now = deps.clock.now();
    const entry = await deps.store.shared.read(KEY, now);
    const all = issuesIn(deps.log, entry);
    const before = all.find((one) => one.cause === cause) ?? { cause, owner: null, mute: null };
    const after = change(before);
    const value = parseJson(JSON.stringify([...all.filter((one) => one.cause !== cause), after]));
    if (!isJson(value)) throw new TypeError('what is said of an issue is JSON');
    const version = entry?.version ?? null;
    const expiresAt = later(now, KEPT_MS);
    if (await deps.store.shared.write({ key: KEY, version, value, expiresAt, now })) return { before, after };
  }
  throw new StoreError('unavailable', 'others kept changing the issues: try again');
}
