import { askCases } from './cases/asks';
import { claimCases } from './cases/claim';
import { discrepancyCases } from './cases/discrepancies';
import { fulfilmentCases } from './cases/fulfilment';
import { handOverCases } from './cases/hand-over';
import { holdCases } from './cases/holds';
import { heardCases } from './cases/heard';
import { interruptionCases } from './cases/interruption';
import { leaseCases } from './cases/lease';
import { listCases } from './cases/lists';
import { markCases } from './cases/marks';
import { operationCases } from './cases/operations';
import { orderCases } from './cases/orders';
import { paceCases } from './cases/paces';
import { refundCountCases } from './cases/refund-counts';
import { recordCases } from './cases/record';
import { redeliveredCases } from './cases/redelivered';
import { refundInterruptionCases } from './cases/refund-interruption';
import { refundSettlementCases } from './cases/refund-settlement';
import { refundCases } from './cases/refunds';
import { retentionCases } from './cases/retention';
import { roundTripCases } from './cases/round-trip';
import { settleCases } from './cases/settle';
import { statementRunCases } from './cases/statement-runs';
import { storyCases } from './cases/story';
import { waitCases } from './cases/waits';
import type { OpenHarness } from './harness';

/** What every Store promises, as cases: the same ones run on each adapter. */
export function describeStore(name: string, open: OpenHarness): void {
  describe(`${name} as a Store`, () => {
    recordCases(open);
    redeliveredCases(open);
    claimCases(open);
    leaseCases(open);
    settleCases(open);
    storyCases(open);
    interruptionCases(open);
    listCases(open);
    orderCases(open);
    operationCases(open);
    fulfilmentCases(open);
    handOverCases(open);
    holdCases(open);
    discrepancyCases(open);
    roundTripCases(open);
    heardCases(open);
    askCases(open);
    refundCases(open);
    refundSettlementCases(open);
    refundInterruptionCases(open);
    markCases(open);
    statementRunCases(open);
    retentionCases(open);
    waitCases(open);
    paceCases(open);
    refundCountCases(open);
  });
}
