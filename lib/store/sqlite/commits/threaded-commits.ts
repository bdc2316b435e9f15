import type { MessagePort } from 'node:worker_threads';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { startThread } from '../../../runtime/own-thread';
import { StoreError } from '../../errors';
import type { Connection } from '../base/connection';
import type { GroupCommit } from './group-commit';
import { groupCommit } from './group-commit';
import { inboxWriterHere } from './inbox-writer';
import type { InboxWriter } from './inbox-writes';
import type { FromThread, InboxWrite, ThreadData, ToThread, WriteEnd } from './thread-messages';

/** The writes of a store. */
export interface StoreCommits extends GroupCommit {
  /** Makes the writes of payments. */
  readonly writer: InboxWriter;
}

/**
 * How long closing waits for the thread, in ms: longer than the thread may wait for another
 * process.
 */
const CLOSE_TIMEOUT_MS = 30_000;

/** A write given to the thread, and its caller. */
interface Pending {
  readonly ended: (end: WriteEnd) => void;
  readonly reject: (error: StoreError) => void;
}

/** Who may write: see the diagram at `threadedCommits`. */
type Right =
  | { readonly kind: 'thread' }
  /** This thread asked for the right, to make this write. */
  | { readonly kind: 'asked'; readonly write: () => void }
  | { readonly kind: 'over' };

/**
 * Starts the thread and lets it make the writes of payments: this thread only passes them on, and
 * never waits for the disk. `connection` belongs to this thread, which makes all other writes while
 * the thread lends it the right to write, so neither finds the database locked by the other.
 *
 *   thread ── a write of this thread ──▶ asked ── lent: the write is made ──▶ thread
 *     │                                    │
 *     └── the thread died, or was closed ──┴──▶ over: all writes are made here
 *
 * Failure policy: fail open. When the thread has died, its callers get an error with unknown
 * effect, and from then on this thread makes all writes.
 */
export function threadedCommits(connection: Connection, file: string, patienceMs: number): StoreCommits {
  const { port1: port, port2 } = new MessageChannel();
  const closed = new Int32Array(new SharedArrayBuffer(4));
  const data: ThreadData = { file, busyTimeoutMs: patienceMs, port: port2, closed };
  const thread = startThread(__dirname, 'writer-thread', { workerData: data, transferList: [port2] });
  thread.unref();

  const pending: Pending[] = [];
  const turn: InboxWrite[] = [];
  let right: Right = { kind: 'thread' };
  const isOver = (): boolean => right.kind === 'over';

  const tell = (message: ToThread): void => port.postMessage(message);

  /** While a caller waits, the process must not end. */
  const hold = (): void => {
    if (pending.length > 0 || right.kind === 'asked') port.ref();
    else port.unref();
  };

  const handOver = (): void => {
    if (turn.length > 0) tell({ kind: 'write', writes: turn.splice(0) });
  };

  const commits = groupCommit(connection, patienceMs, {
    begin: (write) => {
      if (isOver()) {
        setImmediate(write);
        return;
      }
      right = { kind: 'asked', write };
      hold();
      setImmediate(() => {
        // When the thread has ended meanwhile, the write is made already.
        if (right.kind !== 'asked') return;
        handOver();
        tell({ kind: 'lend' });
      });
    },
    end: () => {
      if (right.kind !== 'asked') return;
      right = { kind: 'thread' };
      tell({ kind: 'takeBack' });
      hold();
    },
  });
  const here = inboxWriterHere(connection, commits);

  /** Accepts no more writes, and rejects the waiting callers. */
  const end = (error: StoreError): void => {
    if (right.kind === 'over') return;
    const before = right;
    right = { kind: 'over' };
    turn.length = 0;
    pending.splice(0).forEach(({ reject }) => reject(error));
    if (before.kind === 'asked') before.write();
    port.close();
  };

  const hear = (message: FromThread): void => {
    switch (message.kind) {
      case 'ended':
        for (const one of message.ends) {
          const caller = pending.shift();
          if (one.kind === 'failed') caller?.reject(errorOf(one));
          else caller?.ended(one);
        }
        break;
      case 'lent':
        if (right.kind === 'asked') right.write();
        break;
    }
    hold();
  };

  const died = (cause: unknown): void => {
    if (isOver()) return;
    process.emitWarning(
      'the thread that writes has ended: this one writes now. Restart the process when you can.',
    );
    end(new StoreError('unavailable', 'the thread that writes has ended: try again', { cause }));
  };

  port.on('message', hear);
  port.unref();
  thread.on('error', died);
  thread.on('exit', () => died(undefined));

  const write = <Result>(one: InboxWrite, resultOf: (end: WriteEnd) => Result | undefined): Promise<Result> =>
    new Promise((resolve, reject) => {
      turn.push(one);
      // Timers and I/O callbacks of this turn come first, and join. A batch does not wait for them:
      // it is a group by itself, and this thread may be about to decide another one.
      if (one.kind !== 'record') handOver();
      else if (turn.length === 1) setImmediate(handOver);
      pending.push({
        ended: (ended) => {
          const result = resultOf(ended);
          if (result === undefined) reject(new StoreError('invalid', 'the thread answered another write'));
          else resolve(result);
        },
        reject,
      });
      if (pending.length === 1) hold();
    });

  return {
    ...commits,
    writer: {
      record: (row) =>
        isOver()
          ? here.record(row)
          : write({ kind: 'record', row }, (ended) => (ended.kind === 'recorded' ? ended.as : undefined)),
      probe: async (row) => {
        if (isOver()) await here.probe(row);
        else await write({ kind: 'probe', row }, (ended) => (ended.kind === 'probed' ? ended : undefined));
      },
      claim: (request) =>
        isOver()
          ? here.claim(request)
          : write({ kind: 'claim', request }, (ended) => (ended.kind === 'claimed' ? ended.rows : undefined)),
      settle: (token, now, settlements) =>
        isOver()
          ? here.settle(token, now, settlements)
          : write({ kind: 'settle', token, now, settlements }, (ended) =>
              ended.kind === 'settled' ? ended.results : undefined,
            ),
    },
    flush: () => {
      if (!isOver()) {
        handOver();
        // The thread may be waiting for it, since its offer is no longer read.
        if (right.kind === 'asked') tell({ kind: 'takeBack' });
        tell({ kind: 'close' });
        Atomics.wait(closed, 0, 0, CLOSE_TIMEOUT_MS);
        port.off('message', hear);
        for (const message of unheard(port)) if (message.kind === 'ended') hear(message);
        // `commits.flush` makes the write that waited.
        right = { kind: 'thread' };
        end(new StoreError('unavailable', 'the store is closed: open it again'));
      }
      commits.flush();
    },
  };
}

function* unheard(port: MessagePort): Generator<FromThread, void, void> {
  for (;;) {
    const received: { readonly message: FromThread } | undefined = receiveMessageOnPort(port);
    if (received === undefined) return;
    yield received.message;
  }
}

function errorOf({ code, message, cause }: Extract<WriteEnd, { kind: 'failed' }>): StoreError {
  return new StoreError(code, message, cause === null ? {} : { cause });
}
