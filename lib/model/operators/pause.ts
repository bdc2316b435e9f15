import type { WorkerName } from '../../config/jobs';
import { isWorkerName } from '../../config/jobs';
import type { SubMchId } from '../../values/ids';
import { isSubMchId } from '../../values/ids';
import type { Instant } from '../../values/instant';
import { isInstant } from '../../values/instant';
import { isRecord } from '../../values/json';

/*
 * What operators have paused. A pause stops work from being started; it takes nothing back, spends
 * no attempt and ends nothing: what is due stays due. Callbacks never pause.
 */

/**
 * What is paused.
 * - `worker`: its runs start no work. `fulfillOrders` is fulfilment itself, whichever run does it.
 * - `merchant`: workers fulfil none of its orders and send WeChat Pay nothing about them. Verified
 *   messages are applied, and bills are compared.
 */
export type Pausable =
  | { readonly kind: 'worker'; readonly name: WorkerName }
  | { readonly kind: 'merchant'; readonly name: SubMchId };

/** One pause. At most one stands for each thing. */
export interface Pause {
  readonly of: Pausable;
  readonly since: Instant;
  /** The operator's sign-in name. */
  readonly who: string;
  readonly reason: string;
  /** It ends by itself then; null: only when an operator resumes it. */
  readonly until: Instant | null;
}

/** What pauses say to one run. */
export interface Pauses {
  readonly all: readonly Pause[];
  isPaused(worker: WorkerName): boolean;
  /** The paused merchants. */
  readonly merchants: readonly SubMchId[];
}

/** The pauses that stand at `now`. Pure. */
export function pausesAt(all: readonly Pause[], now: Instant): Pauses {
  const standing = all.filter(({ until }) => until === null || until > now);
  return {
    all: standing,
    isPaused: (worker) => standing.some(({ of }) => of.kind === 'worker' && of.name === worker),
    merchants: standing.flatMap(({ of }) => (of.kind === 'merchant' ? [of.name] : [])),
  };
}

/** True for two names of the same thing. */
export function isSamePausable(one: Pausable, other: Pausable): boolean {
  return one.kind === other.kind && one.name === other.name;
}

/** Checks what a request names, but not whether this installation has that merchant. */
export function isPausable(value: unknown): value is Pausable {
  if (!isRecord(value)) return false;
  const { kind, name } = value;
  return (
    (kind === 'worker' && typeof name === 'string' && isWorkerName(name)) ||
    (kind === 'merchant' && isSubMchId(name))
  );
}

/** Checks a stored pause. */
export function isPause(value: unknown): value is Pause {
  if (!isRecord(value)) return false;
  const { of, since, who, reason, until } = value;
  return (
    isPausable(of) &&
    isInstant(since) &&
    typeof who === 'string' &&
    typeof reason === 'string' &&
    (until === null || isInstant(until))
  );
}
