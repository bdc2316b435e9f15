import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SqliteStore } from '../../../lib/store/sqlite/open';
import { openSqliteStore } from '../../../lib/store/sqlite/open';
import { connect } from '../../../lib/store/sqlite/base/connection';
import { claimAt, message, order, paidBy, settlement, START, tradeNo } from '../builders';
import { claimCases } from '../cases/claim';
import { interruptionCases } from '../cases/interruption';
import { leaseCases } from '../cases/lease';
import { recordCases } from '../cases/record';
import { settleCases } from '../cases/settle';
import { openSqliteHarness, temporaryDirectory } from './harness';

const open = () => openSqliteHarness('thread');

describe('SQLite with a thread that writes, as a Store', () => {
  recordCases(open);
  claimCases(open);
  leaseCases(open);
  settleCases(open);
  interruptionCases(open);
});

describe('the thread that writes', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let file: string;
  let store: SqliteStore;

  beforeEach(() => {
    directory = temporaryDirectory();
    file = join(directory.path, 'store.db');
    store = openSqliteStore({ file, writer: 'thread', busyTimeoutMs: 50 });
  });

  afterEach(() => {
    store.close();
    directory.remove();
  });

  const numbers = Array.from({ length: 200 }, (_, n) => n);

  it('takes turns with this one: neither finds the database locked by the other', async () => {
    const all = numbers.flatMap((n) => [store.inbox.record(message(n)), store.orders.create(order(n))]);
    // The waits between let many turns begin, each with writes of both.
    const between = numbers.map(async (n) => {
      for (let turn = 0; turn < n % 7; turn += 1) await new Promise(setImmediate);
      await store.orders.askAgainAt([tradeNo(n)], START, null);
      return store.inbox.record(message(n));
    });
    expect(new Set(await Promise.all(all))).toEqual(new Set(['stored', 'created']));
    expect(new Set(await Promise.all(between))).toEqual(new Set(['repeat']));
    const request = { ...claimAt(START), limit: 200 };
    const claimed = await store.inbox.claim(request);
    expect(claimed).toHaveLength(200);
    const settled = store.inbox.settle(
      request.token,
      START,
      numbers.map((n) => settlement(message(n), undefined, { change: paidBy(order(n), message(n), START) })),
    );
    const created = numbers.map((n) => store.orders.create(order(1_000 + n)));
    expect(new Set(await settled)).toEqual(new Set(['settled']));
    expect(new Set(await Promise.all(created))).toEqual(new Set(['created']));
    expect((await store.orders.counts()).payment).toEqual({ paid: 200, pending: 200, closed: 0, failed: 0 });
  });

  it('keeps a notification as it came, whatever is in it', async () => {
    const raw = 'NUL \u0000, half a pair \ud83d, 规格 🎨, "quoted" \\ \u2028';
    await store.inbox.record(message(1, { raw }));
    expect(await store.inbox.find(message(1).key)).toMatchObject({ raw });
    const [claimed] = await store.inbox.claim(claimAt(START));
    expect(claimed?.content).toEqual(message(1).content);
  });

  it('closes once all is on disk that was asked for, and answers it', async () => {
    const stored = numbers.map((n) => store.inbox.record(message(n)));
    const created = numbers.map((n) => store.orders.create(order(n)));
    store.close();
    await expect(store.inbox.record(message(1))).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.orders.create(order(1))).rejects.toMatchObject({ code: 'unavailable' });
    const again = openSqliteStore({ file });
    expect(await again.inbox.backlog(START)).toMatchObject({ pending: 200 });
    expect((await again.orders.counts()).payment.pending).toBe(200);
    again.close();
    expect(new Set(await Promise.all([...stored, ...created]))).toEqual(new Set(['stored', 'created']));
  });

  it('answers that the database is overloaded while another process holds it, and writes once it does not', async () => {
    expect(await store.inbox.record(message(1))).toBe('stored');
    const other = connect(file);
    other.execute('BEGIN IMMEDIATE');
    await expect(store.inbox.record(message(2))).rejects.toMatchObject({ code: 'overloaded' });
    other.execute('COMMIT');
    other.close();
    expect(await store.inbox.record(message(2))).toBe('stored');
  });

  it('has everything written here when it has died', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    // It opens the file after this thread did, and does not find it any more.
    rmSync(directory.path, { recursive: true });
    const lost = store.inbox.record(message(1));
    const created = store.orders.create(order(1));
    await expect(lost).rejects.toMatchObject({ code: 'unavailable' });
    expect(await created).toBe('created');
    expect(warned.mock.calls).toEqual([[expect.stringContaining('the thread that writes has ended')]]);
    warned.mockRestore();
    expect(await store.inbox.record(message(1))).toBe('stored');
    expect(await store.inbox.claim(claimAt(START))).toHaveLength(1);
  });
});
