import { openCloudBaseHarness } from './cloudbase-harness';
import { describeStore } from './conformance';

// What `stats.updated` counts on the real database is unknown, so the adapter must keep its
// promises with both.
describe.each(['modified', 'matched'] as const)('counting updated documents as %s', (updatedCounts) => {
  describeStore('CloudBase', () => openCloudBaseHarness({ updatedCounts }));
});
