import { prepareClaim } from '../base/claim';
import type { Connection } from '../base/connection';
import type { GroupCommit } from './group-commit';
import type { InboxWriter, InboxWrites } from './inbox-writes';
import { prepareProbe } from '../disk/probe';
import { prepareRecord } from '../inbox/record';
import { prepareSettle } from '../inbox/settle';

/** Prepares the writes of every payment. */
export function prepareInboxWrites(connection: Connection): InboxWrites {
  const record = prepareRecord(connection);
  return {
    record,
    probe: prepareProbe(connection, record),
    claim: prepareClaim(connection),
    settle: prepareSettle(connection),
  };
}

/** Makes these writes on this connection, in this thread. */
export function inboxWriterHere(connection: Connection, commits: GroupCommit): InboxWriter {
  const writes = prepareInboxWrites(connection);
  return {
    record: (row) => commits.write(() => writes.record(row)),
    probe: (row) => commits.write(() => writes.probe(row)),
    claim: (request) => commits.write(() => writes.claim(request)),
    settle: (token, now, settlements) => commits.write(() => writes.settle(token, now, settlements)),
  };
}
