import { isOptional } from '../../lib/config/jobs';
import { LEAST_CLOUD_NODE } from '../../lib/config/runtimes';
import { buildNamedIn } from '../build/entry-file';
import type { Found, FoundFunction } from './found';
import type { WantedFunction } from './plan';

/** How a deployed function differs from what was built. */
export type Difference =
  | { readonly kind: 'missing' }
  | {
      /** Bundles do not run on it: every call fails. */
      readonly kind: 'runtime_too_old';
      readonly is: string;
    }
  | { readonly kind: 'runtime_differs'; readonly is: string; readonly wanted: string }
  | {
      /** In seconds. A run that is cut off does its work again later, or never ends it. */
      readonly kind: 'timeout_short';
      readonly is: number;
      readonly wanted: number;
    }
  | { readonly kind: 'limits_differ'; readonly is: string; readonly wanted: string }
  | { readonly kind: 'timer_missing'; readonly cron: string }
  | { readonly kind: 'timer_off'; readonly name: string }
  | { readonly kind: 'timer_differs'; readonly name: string; readonly is: string; readonly wanted: string }
  | {
      /** A second timer runs the function more often than this version expects. */
      readonly kind: 'timer_unknown';
      readonly name: string;
      readonly cron: string;
    }
  | { readonly kind: 'build_differs'; readonly is: string; readonly wanted: string }
  | {
      /** The platform shows no entry file of ours. */
      readonly kind: 'build_unknown';
    };

/** Whether a difference stops something from working, costs something, or may be nothing. */
export const SEVERITY = {
  missing: 'error',
  runtime_too_old: 'error',
  runtime_differs: 'warning',
  timeout_short: 'error',
  limits_differ: 'warning',
  timer_missing: 'error',
  timer_off: 'error',
  timer_differs: 'warning',
  timer_unknown: 'warning',
  build_differs: 'warning',
  build_unknown: 'unknown',
} as const satisfies Readonly<Record<Difference['kind'], 'error' | 'warning' | 'unknown'>>;

/** One function, and how it differs; nothing where it is as built. */
export interface FunctionStatus {
  readonly name: string;
  readonly differences: readonly Difference[];
}

/** Compares every function that was built with the deployed one. */
export function statusOf(
  wanted: readonly WantedFunction[],
  found: Found['functions'],
): readonly FunctionStatus[] {
  const expected = wanted.filter(({ name }) => found.has(name) || !isOptional(name));
  return expected.map((one) => {
    const deployed = found.get(one.name);
    return {
      name: one.name,
      differences: deployed ? differencesOf(one, deployed) : [{ kind: 'missing' }],
    };
  });
}

function differencesOf(wanted: WantedFunction, found: FoundFunction): readonly Difference[] {
  return [
    ...runtimeOf(wanted.runtime, found.runtime),
    ...limitsOf(wanted, found),
    ...timersOf(wanted, found),
    ...buildOf(wanted.build, found.code),
  ];
}

function runtimeOf(wanted: string, is: string): readonly Difference[] {
  if (is === wanted) return [];
  const major = Number(/^Nodejs(\d+)/.exec(is)?.[1] ?? 0);
  return major < LEAST_CLOUD_NODE
    ? [{ kind: 'runtime_too_old', is }]
    : [{ kind: 'runtime_differs', is, wanted }];
}

function limitsOf(wanted: WantedFunction, found: FoundFunction): readonly Difference[] {
  const is = found.timeoutSeconds;
  if (is < wanted.timeoutSeconds) return [{ kind: 'timeout_short', is, wanted: wanted.timeoutSeconds }];
  if (is === wanted.timeoutSeconds && found.memoryMb === wanted.memoryMb) return [];
  return [{ kind: 'limits_differ', is: limitsText(found), wanted: limitsText(wanted) }];
}

/** A time limit and a size of memory in words. */
export function limitsText(limits: Pick<FoundFunction, 'timeoutSeconds' | 'memoryMb'>): string {
  return `${limits.timeoutSeconds} s, ${limits.memoryMb} MB`;
}

function timersOf({ timers: wanted }: WantedFunction, { timers }: FoundFunction): readonly Difference[] {
  const missing = wanted.flatMap(({ name, cron }): Difference[] => {
    const found = timers.find((one) => one.name === name) ?? timers.find((one) => one.cron === cron);
    if (!found) return [{ kind: 'timer_missing', cron }];
    if (!found.isOn) return [{ kind: 'timer_off', name: found.name }];
    if (found.cron !== cron) return [{ kind: 'timer_differs', name, is: found.cron, wanted: cron }];
    return [];
  });
  const others = timers.filter(
    (one) => !wanted.some(({ name, cron }) => one.name === name || one.cron === cron),
  );
  return [...missing, ...others.map(({ name, cron }) => ({ kind: 'timer_unknown', name, cron }) as const)];
}

function buildOf(wanted: string | null, code: string | null): readonly Difference[] {
  if (wanted === null) return [];
  const is = code === null ? null : buildNamedIn(code);
  if (is === null) return [{ kind: 'build_unknown' }];
  return is === wanted ? [] : [{ kind: 'build_differs', is, wanted }];
}
