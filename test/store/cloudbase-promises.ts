import { cases } from '../share';
import type { CloudBaseHarness } from './cloudbase-harness';
import { openCloudBaseHarness } from './cloudbase-harness';
import type { StorePart } from './conformance';
import { describeStore } from './conformance';

/** Whether every case is played both ways, or only those in which it matters. */
const PLAYS_ALL_TWICE = cases({ everyTime: false, all: true });

/**
 * A part of the Store's promises on CloudBase. What `stats.updated` counts on the real database is
 * unknown, so the adapter must keep its promises with both. A case in which no update met a
 * document that it left as it was got the same answers either way, and is not played again.
 */
export function describeOnCloudBase(part: StorePart): void {
  describe('however updated documents are counted', () => {
    describeStore('CloudBase', openBothWays, part);
  });
}

async function openBothWays(): Promise<CloudBaseHarness> {
  const matched = await openCloudBaseHarness({ updatedCounts: 'matched' });
  const { behaviour } = matched.gateway.database;
  return {
    ...matched,
    next: () =>
      PLAYS_ALL_TWICE || behaviour.hasCountMattered
        ? openCloudBaseHarness({ updatedCounts: 'modified' })
        : null,
  };
}
