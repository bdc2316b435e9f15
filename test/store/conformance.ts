import { approvalCases } from './cases/approvals';
import { documentCases } from './cases/documents';
import { askCases } from './cases/asks';
import { claimCases } from './cases/claim';
import { clockCases } from './cases/clocks';
import { discrepancyCases } from './cases/discrepancies';
import { fulfilmentCases } from './cases/fulfilment';
import { handOverCases } from './cases/hand-over';
import { holdCases } from './cases/holds';
import { heardCases } from './cases/heard';
import { interruptionCases } from './cases/interruption';
import { leaseCases } from './cases/lease';
import { listCases } from './cases/lists';
import { lookUpCases } from './cases/look-ups';
import { markCases } from './cases/marks';
import { operationCases } from './cases/operations';
import { orderCases } from './cases/orders';
import { paceCases } from './cases/paces';
import { personalDataCases } from './cases/personal-data';
import { refundCountCases } from './cases/refund-counts';
import { recordCases } from './cases/record';
import { redeliveredCases } from './cases/redelivered';
import { refundInterruptionCases } from './cases/refund-interruption';
import { refundSettlementCases } from './cases/refund-settlement';
import { refundCases } from './cases/refunds';
import { retentionCases } from './cases/retention';
import { roundTripCases } from './cases/round-trip';
import { settleCases } from './cases/settle';
import { sharedStateCases } from './cases/shared-state';
import { statementRunCases } from './cases/statement-runs';
import { storyCases } from './cases/story';
import { unreadableCases } from './cases/unreadable';
import { waitCases } from './cases/waits';
import type { OpenHarness } from './harness';

/** What every Store promises, as cases in parts: the same ones run on each adapter. */
const CASES = {
  messages: [
    recordCases,
    redeliveredCases,
    claimCases,
    leaseCases,
    clockCases,
    settleCases,
    storyCases,
    interruptionCases,
    heardCases,
    waitCases,
    retentionCases,
  ],
  orders: [orderCases, fulfilmentCases, handOverCases, holdCases, askCases, roundTripCases, unreadableCases],
  refunds: [
    refundCases,
    refundSettlementCases,
    refundInterruptionCases,
    refundCountCases,
    paceCases,
    sharedStateCases,
  ],
  books: [
    listCases,
    lookUpCases,
    personalDataCases,
    operationCases,
    approvalCases,
    documentCases,
    discrepancyCases,
    markCases,
    statementRunCases,
  ],
} as const satisfies Readonly<Record<string, readonly ((open: OpenHarness) => void)[]>>;

/** A part of the promises. A slow adapter has a suite for each, which run at the same time. */
export type StorePart = keyof typeof CASES;

/** All cases on an adapter, or those of one part. */
export function describeStore(name: string, open: OpenHarness, part?: StorePart): void {
  const all = Object.entries(CASES).filter(([of]) => part === undefined || of === part);
  describe(`${name} as a Store`, () => {
    for (const [, cases] of all) for (const run of cases) run(open);
  });
}

/** The names of all parts. */
export const STORE_PARTS: readonly string[] = Object.keys(CASES);
