import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import type { NewMessage } from '../../../model/message';
import { keyOf } from '../../../model/message';
import { instant } from '../../../values/instant';
import { StoreError } from '../../errors';
import type { Probe } from '../../probe';
import type { Connection } from '../base/connection';
import type { MessageRow } from '../../rows/new-message';
import type { InboxWriter, InboxWrites } from '../commits/inbox-writes';
import { messageRow } from '../../rows/new-message';

/** Prepares the write, inside the caller's transaction. */
export function prepareProbe(
  connection: Connection,
  record: InboxWrites['record'],
): (row: MessageRow) => void {
  const payload = connection.prepare(
    'DELETE FROM inbox_payload WHERE id = (SELECT id FROM inbox WHERE key = ?)',
  );
  const message = connection.prepare('DELETE FROM inbox WHERE key = ?');
  return (row) => {
    record(row);
    payload.run(row.key);
    message.run(row.key);
  };
}

/**
 * A probe of an open database. It recognises the files by device and inode: SQLite keeps writing to
 * a file that was removed or replaced, and everything it reports as durable then ends with the
 * process.
 */
export function openProbe(file: string, writer: InboxWriter): Probe {
  const files = [file, `${file}-wal`, `${file}-shm`];
  const identities = files.map(identityOf);
  const filesGone = (): StoreError | null => {
    const at = files.findIndex((name, n) => identityOf(name) !== identities[n]);
    if (at < 0) return null;
    return new StoreError(
      'unavailable',
      'the database file or its log was removed or replaced while it was open: stop the server at once, keep both, ' +
        'and put the files back or restore a backup',
    );
  };
  return {
    filesGone,
    probe: async () => {
      const gone = filesGone();
      if (gone !== null) throw gone;
      await writer.probe(messageRow(probeMessage()));
    },
  };
}

function identityOf(name: string): string {
  try {
    const { dev, ino } = statSync(name);
    return `${dev}:${ino}`;
  } catch {
    return 'gone';
  }
}

/** A believed message, so that the quota of unverified ones does not apply. */
function probeMessage(): NewMessage {
  const content = {
    kind: 'unusable',
    reason: 'probe',
    problems: [],
    outTradeNo: null,
    digest: randomUUID(),
  } as const;
  return {
    key: keyOf(content, 'platform'),
    content,
    outTradeNo: null,
    trust: 'platform',
    // Larger than a notification: where this can be written, a notification can.
    raw: 'probe '.repeat(1_000),
    path: 'callback',
    receivedAt: instant(0),
  };
}
