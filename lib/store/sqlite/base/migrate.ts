import { StoreError } from '../../errors';
import { reading } from '../../rows/columns';
import type { Connection } from './connection';
import { inboxOrdersDiscrepancies } from '../migrations/0001-inbox-orders-discrepancies';
import { operations } from '../migrations/0003-operations';
import { quickerChecks } from '../migrations/0004-quicker-checks';
import { lists } from '../migrations/0005-lists';
import { askingAboutAbnormalRefunds } from '../migrations/0006-asking-about-abnormal-refunds';
import { discrepanciesOfRuns } from '../migrations/0007-discrepancies-of-runs';
import { lastAnswers } from '../migrations/0008-last-answers';
import { claims } from '../migrations/0009-claims';
import { identity } from '../migrations/0010-identity';
import { holdsAndTransactions } from '../migrations/0011-holds-and-transactions';
import { paces } from '../migrations/0012-paces';
import { unverifiedMessages } from '../migrations/0013-unverified';
import { refundCounts } from '../migrations/0014-refund-counts';
import { redeliveredMessages } from '../migrations/0015-redelivered';
import { namedMerchants } from '../migrations/0016-named-merchants';
import { carts } from '../migrations/0017-carts';
import { stateBesideHistories } from '../migrations/0018-state-beside-histories';
import { moneyMode } from '../migrations/0019-money-mode';
import { envelopes } from '../migrations/0020-envelopes';
import { postponedRedelivered } from '../migrations/0021-postponed-redelivered';
import { sharedState } from '../migrations/0022-shared-state';
import { prepayBodies } from '../migrations/0023-prepay-bodies';
import { redeliveredInOrder } from '../migrations/0024-redelivered-in-order';
import { fulfilmentCalls } from '../migrations/0025-fulfilment-calls';
import { sealsAndApprovals } from '../migrations/0026-seals-and-approvals';
import { pausedMerchants } from '../migrations/0027-paused-merchants';
import { moved } from '../migrations/0028-moved';
import { cashOfDays } from '../migrations/0029-cash';
import { lookingUpOrders } from '../migrations/0030-looking-up-orders';
import { documents } from '../migrations/0031-documents';
import { personalData } from '../migrations/0032-personal-data';
import { refundsStatementsAsks } from '../migrations/0002-refunds-statements-asks';

/** All migrations, in order. A released one never changes; a new one gets the next number. */
const MIGRATIONS: readonly (readonly string[])[] = [
  inboxOrdersDiscrepancies,
  refundsStatementsAsks,
  operations,
  quickerChecks,
  lists,
  askingAboutAbnormalRefunds,
  discrepanciesOfRuns,
  lastAnswers,
  claims,
  identity,
  holdsAndTransactions,
  paces,
  unverifiedMessages,
  refundCounts,
  redeliveredMessages,
  namedMerchants,
  carts,
  stateBesideHistories,
  moneyMode,
  envelopes,
  postponedRedelivered,
  sharedState,
  prepayBodies,
  redeliveredInOrder,
  fulfilmentCalls,
  sealsAndApprovals,
  pausedMerchants,
  moved,
  cashOfDays,
  lookingUpOrders,
  documents,
  personalData,
];

/** The database version this program reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

function versionOf(connection: Connection): number {
  return reading(connection.prepare('PRAGMA user_version').all()[0] ?? []).integer();
}

/**
 * Migrates the database to `SCHEMA_VERSION`. A new file gets everything in one transaction, which
 * waits for the disk once; one with data gets a transaction per migration, and continues where it
 * was after a crash. Two processes may do it at once.
 *
 * Failure policy: fail closed. A database of a newer version is refused with `StoreError`
 * `misconfigured`, because this program does not know that version's promises.
 */
export function migrate(connection: Connection): void {
  for (let step = 0; step <= MIGRATIONS.length; step += 1) {
    const version = versionOf(connection);
    if (version > SCHEMA_VERSION) {
      throw new StoreError(
        'misconfigured',
        `the database has version ${String(version)} and this program knows ${String(SCHEMA_VERSION)}: ` +
          'start the newer program, or restore the backup made before the upgrade',
      );
    }
    if (version === SCHEMA_VERSION) return;
    const target = version === 0 ? SCHEMA_VERSION : version + 1;
    connection.transaction(() => {
      // Another process may have done it while this one waited for the lock.
      if (versionOf(connection) !== version) return;
      for (const statement of MIGRATIONS.slice(version, target).flat()) connection.execute(statement);
      connection.execute(`PRAGMA user_version = ${String(target)}`);
    });
  }
}
