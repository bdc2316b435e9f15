import { matches, type RequestMatch, type RequestRecord } from './request-log';

/**
 * What goes wrong with a request. `applied`: whether the request took effect before the answer was
 * spoiled (default: it did not).
 */
export type FaultEffect =
  /** Handled after `ms` milliseconds of the gateway's timer. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Not applied; answered with `{code, message}`, as CloudBase does for its own errors. */
  | { readonly kind: 'error'; readonly code: string; readonly message: string }
  /** Answered with this HTTP status and body. */
  | { readonly kind: 'http'; readonly status: number; readonly body?: string; readonly applied?: boolean }
  /** Answered with HTTP 200 and half a JSON text. */
  | { readonly kind: 'malformed'; readonly applied?: boolean }
  /** Answered with HTTP 200 and nothing. */
  | { readonly kind: 'empty'; readonly applied?: boolean }
  /** Not applied; the connection is destroyed. */
  | { readonly kind: 'cutBefore' }
  /** Applied; the connection is destroyed, so the caller cannot know. */
  | { readonly kind: 'cutAfter' }
  /**
   * Held until released. With `applied` the request takes effect at once and the answer is sent on
   * release; without, both happen on release, perhaps long after its caller gave up.
   */
  | { readonly kind: 'hang'; readonly applied?: boolean };

/** True when the request takes effect before its answer is spoiled. */
export function takesEffect(effect: FaultEffect): boolean {
  return effect.kind === 'cutAfter' || ('applied' in effect && effect.applied);
}

/** A fault and the requests it strikes. */
export interface FaultRule {
  /** `nth` (from 1): it spares the matching requests before the nth since the rule was added. */
  readonly match?: RequestMatch & { readonly nth?: number };
  /** How many requests it strikes. Default 1; `Infinity` for all. */
  readonly times?: number;
  readonly effect: FaultEffect;
}

/** A rule that was added. */
export interface Fault {
  /** How many requests it has struck so far. */
  hits(): number;
  /**
   * Resolves when it first hits a request; for `hang` with `applied`, when that request has taken
   * effect.
   */
  readonly struck: Promise<void>;
  /** Takes the rule away and lets go what it holds. */
  release(): void;
}

/**
 * The faults of one gateway. The first matching rule hits a request; file transfers are not hit.
 */
export interface Faults {
  /** Adds a rule behind those already there. */
  add(rule: FaultRule): Fault;
  /** Takes all rules away and lets go everything that hangs. */
  release(): void;
}

/** What a rule that struck wants done, seen from the gateway. */
export interface Strike {
  readonly effect: FaultEffect;
  /** The gateway tells the rule that its effect is in place. */
  inPlace(): void;
  /** Settled on release of a `hang`. */
  readonly released: Promise<void>;
}

/**
 * Creates an empty rule list and the gateway's side of it: `strike` finds the rule for a request
 * and counts it.
 */
export function newFaults(): Faults & { strike(record: RequestRecord): Strike | undefined } {
  const rules: { take(record: RequestRecord): Strike | undefined; release(): void }[] = [];

  return {
    add({ match = {}, times = 1, effect }) {
      const struck = signal();
      const released = signal();
      const first = match.nth ?? 1;
      let seen = 0;
      let hits = 0;
      const release = (): void => {
        const index = rules.indexOf(rule);
        if (index >= 0) rules.splice(index, 1);
        released.resolve();
      };
      const rule = {
        release,
        take(record: RequestRecord): Strike | undefined {
          if (!matches(record, match)) return undefined;
          seen += 1;
          if (seen < first || hits >= times) return undefined;
          hits += 1;
          return { effect, inPlace: struck.resolve, released: released.promise };
        },
      };
      rules.push(rule);
      return { hits: () => hits, struck: struck.promise, release };
    },
    release() {
      for (const rule of [...rules]) rule.release();
    },
    strike(record) {
      let strike: Strike | undefined;
      for (const rule of rules) strike ??= rule.take(record);
      return strike;
    },
  };
}

function signal(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
