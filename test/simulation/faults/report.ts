import type { Caught } from './play';
import { playFault } from './play';
import type { DeliberateFault } from './fault';

/** Histories that are played with each fault at most. */
const SEEDS = 2_000;

/** Switches each fault on in turn and prints who noticed. Answers the names of those that nobody noticed who should have. */
export async function playFaults(
  faults: readonly DeliberateFault[],
  processes: number,
  print: (line: string) => void,
): Promise<readonly string[]> {
  const unnoticed: string[] = [];
  for (const fault of faults) {
    const begun = performance.now();
    const caught = await playFault(fault, SEEDS, processes);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    if (!isExpected(fault, caught)) unnoticed.push(fault.name);
    const how =
      caught === null
        ? 'NOBODY NOTICED'
        : `${caught.by}${caught.seed === null ? '' : `, seed ${caught.seed}`}`;
    print(
      `${isExpected(fault, caught) ? 'caught' : 'MISSED'}  ${fault.guarantee}  ${fault.name}: ${how} (${seconds} s)`,
    );
  }
  return unnoticed;
}

function isExpected({ caughtBy }: DeliberateFault, caught: Caught | null): boolean {
  if (caught === null) return false;
  return caughtBy.kind === 'test' || caughtBy.rules.includes(caught.by);
}
