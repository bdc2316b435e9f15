import { openCloudBaseHarness } from './cloudbase-harness';
import type { StorePart } from './conformance';
import { describeStore } from './conformance';

/**
 * A part of the Store's promises on CloudBase. What `stats.updated` counts on the real database is
 * unknown, so the adapter must keep its promises with both.
 */
export function describeOnCloudBase(part: StorePart): void {
  describe.each(['modified', 'matched'] as const)('counting updated documents as %s', (updatedCounts) => {
    describeStore('CloudBase', () => openCloudBaseHarness({ updatedCounts }), part);
  });
}
