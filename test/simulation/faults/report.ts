import type { DeliberateFault } from './fault';
import type { Caught } from './play';
import type { Mirror } from './mirror';
import { openMirror } from './mirror';
import { playFault } from './play';
import { keptSeeds } from './seeds';

/** Histories that are played with each fault at most. */
const SEEDS = 2_000;

/** What came of playing faults. */
export interface FaultReport {
  /** The names of faults that were not noticed, or that no longer fit the code. */
  readonly missed: readonly string[];
  /** The seed that showed each that the simulation noticed. */
  readonly seeds: Readonly<Record<string, number>>;
}

/**
 * Enables each fault and prints what noticed it: as many at a time as there are processes, each in
 * a copy of its own. One that no longer fits the code is missed, by name.
 */
export async function playFaults(
  faults: readonly DeliberateFault[],
  processes: number,
  print: (line: string) => void,
): Promise<FaultReport> {
  const missed: string[] = [];
  const seeds: Record<string, number> = {};
  const kept = keptSeeds();
  const left = [...faults];
  const lane = async (number: number): Promise<void> => {
    const opened: Mirror[] = [];
    const mirror = (): Mirror => {
      const [first = openMirror(`faults-${number}`)] = opened;
      opened[0] = first;
      return first;
    };
    try {
      for (let fault = left.shift(); fault !== undefined; fault = left.shift()) {
        const begun = performance.now();
        const search = { kept: kept[fault.name] ?? null, seeds: SEEDS, processes: 1, mirror };
        const caught = await playFault(fault, search).catch((error: unknown) => String(error));
        const seconds = ((performance.now() - begun) / 1000).toFixed(1);
        const isNoticed = isExpected(fault, caught);
        if (!isNoticed) missed.push(fault.name);
        else if (caught.seed !== null) seeds[fault.name] = caught.seed;
        const verdict = `${isNoticed ? 'caught' : 'MISSED'}  ${fault.guarantee}  ${fault.name}`;
        print(`${verdict}: ${told(caught)} (${seconds} s)`);
      }
    } finally {
      for (const one of opened) one.remove();
    }
  };
  await Promise.all(Array.from({ length: Math.min(processes, faults.length) }, (_, number) => lane(number)));
  return { missed, seeds };
}

function told(caught: Caught | string | null): string {
  if (caught === null) return 'NOBODY NOTICED';
  if (typeof caught === 'string') return caught;
  return `${caught.by}${caught.seed === null ? '' : `, seed ${caught.seed}`}`;
}

function isExpected({ caughtBy }: DeliberateFault, caught: Caught | string | null): caught is Caught {
  if (caught === null || typeof caught === 'string') return false;
  return caughtBy.kind === 'test' || caughtBy.rules.includes(caught.by);
}
