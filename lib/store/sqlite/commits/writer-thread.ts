import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { errorText } from '../../../runtime/error-text';
import { connect } from '../base/connection';
import type { Ended } from './group-commit';
import { commitTogether } from './group-commit';
import { prepareInboxWrites } from './inbox-writer';
import type { FromThread, InboxWrite, ToThread, WriteEnd } from './thread-messages';
import { isThreadData } from './thread-messages';
import { takeGroup } from './write-groups';

/*
 * The thread that makes the writes of payments, on its own connection. Commands that arrive while a
 * commit reaches the disk share the next one: the more there are, the larger the groups.
 */

if (!isThreadData(workerData)) throw new TypeError('this file is started by threadedCommits');
const { port, file, busyTimeoutMs, closed } = workerData;
const connection = connect(file, busyTimeoutMs);
const writes = prepareInboxWrites(connection);
const told: ToThread[] = [];
let lent = false;

function say(message: FromThread): void {
  port.postMessage(message);
}

function listen(): void {
  for (;;) {
    const received: { readonly message: ToThread } | undefined = receiveMessageOnPort(port);
    if (received === undefined) return;
    told.push(received.message);
  }
}

function work(): void {
  for (;;) {
    listen();
    if (lent) {
      const at = told.findIndex(({ kind }) => kind === 'takeBack');
      if (at < 0) return;
      told.splice(at, 1);
      lent = false;
    }
    const group = takeGroup(told);
    if (group.length > 0) {
      say({ kind: 'ended', ends: commitTogether(connection, group.map(jobOf)).map(endOf) });
      continue;
    }
    const next = told.shift();
    if (next === undefined) return;
    if (next.kind === 'lend') {
      lent = true;
      say({ kind: 'lent' });
    }
    if (next.kind === 'close') {
      connection.close();
      Atomics.store(closed, 0, 1);
      Atomics.notify(closed, 0);
      port.close();
      return;
    }
  }
}

function jobOf(write: InboxWrite): () => WriteEnd {
  switch (write.kind) {
    case 'record':
      return () => ({ kind: 'recorded', as: writes.record(write.row) });
    case 'probe':
      return () => {
        writes.probe(write.row);
        return { kind: 'probed' };
      };
    case 'claim':
      return () => ({ kind: 'claimed', rows: writes.claim(write.request) });
    case 'settle':
      return () => ({ kind: 'settled', results: writes.settle(write.token, write.now, write.settlements) });
  }
}

function endOf(ended: Ended<WriteEnd>): WriteEnd {
  if (ended.kind === 'written') return ended.result;
  const { code, message, cause } = ended.error;
  return { kind: 'failed', code, message, cause: cause === undefined ? null : errorText(cause) };
}

port.on('message', (message: ToThread) => {
  told.push(message);
  work();
});
