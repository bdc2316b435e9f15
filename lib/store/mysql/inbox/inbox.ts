import type { Inbox } from '../../port';
import type { Database } from '../base/database';
import { unbuilt } from '../base/unbuilt';

/** The inbox in MySQL. */
export function mysqlInbox(_database: Database): Inbox {
  return {
    record: unbuilt,
    redelivered: unbuilt,
    postponeRedelivered: unbuilt,
    settleRedelivered: unbuilt,
    claim: unbuilt,
    settle: unbuilt,
    bury: unbuilt,
    replay: unbuilt,
    find: unbuilt,
    ofOrder: unbuilt,
    openRefunds: unbuilt,
    list: unbuilt,
    backlog: unbuilt,
    countDead: unbuilt,
    countUnverified: unbuilt,
    isUnverifiedDue: unbuilt,
    hasWork: unbuilt,
    paymentsHeard: unbuilt,
    knownBetween: unbuilt,
    forget: unbuilt,
  };
}
