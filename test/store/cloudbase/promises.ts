import type { LoopbackOptions } from '../../cloudbase/gateway';
import { cases } from '../../share';
import type { CloudBaseHarness } from './harness';
import { openCloudBaseHarness } from './harness';
import { ADVERSE, KIND, SWITCHES } from './switches';
import type { StorePart } from '../conformance';
import { describeStore } from '../conformance';

/** Where every case is played, whatever came up in it. */
const ALWAYS = cases<readonly LoopbackOptions[]>({
  everyTime: [],
  all: [KIND, ...Object.values(SWITCHES)],
});

/**
 * A part of the Store's promises on CloudBase. How the real database behaves is unknown in many
 * ways, so the adapter must keep its promises in all of them. A case in which none of them came up
 * on the adverse platform got the same answers as on the kind one, and is not played again.
 */
export function describeOnCloudBase(part: StorePart): void {
  describe('however the platform behaves', () => {
    describeStore('CloudBase', openAdverse, part);
  });
}

async function openAdverse(): Promise<CloudBaseHarness> {
  const adverse = await openCloudBaseHarness(ADVERSE);
  const { behaviour } = adverse.gateway.database;
  return {
    ...adverse,
    next: () => openNext(ALWAYS.length > 0 || !behaviour.hasMattered ? ALWAYS : [KIND]),
  };
}

function openNext([options, ...rest]: readonly LoopbackOptions[]): Promise<CloudBaseHarness> | null {
  if (options === undefined) return null;
  return openCloudBaseHarness(options).then((harness) => ({ ...harness, next: () => openNext(rest) }));
}
