import { claimCases } from './cases/claim';
import { discrepancyCases } from './cases/discrepancies';
import { fulfilmentCases } from './cases/fulfilment';
import { interruptionCases } from './cases/interruption';
import { leaseCases } from './cases/lease';
import { listCases } from './cases/lists';
import { orderCases } from './cases/orders';
import { recordCases } from './cases/record';
import { roundTripCases } from './cases/round-trip';
import { settleCases } from './cases/settle';
import type { OpenHarness } from './harness';

/** What every Store promises, as cases: the same ones run on each adapter. */
export function describeStore(name: string, open: OpenHarness): void {
  describe(`${name} as a Store`, () => {
    recordCases(open);
    claimCases(open);
    leaseCases(open);
    settleCases(open);
    interruptionCases(open);
    listCases(open);
    orderCases(open);
    fulfilmentCases(open);
    discrepancyCases(open);
    roundTripCases(open);
  });
}
