import { receiveNotification } from '../../../lib/inbox/receive';
import { systemTimers } from '../../../lib/runtime/timers';
import type { MysqlStore } from '../../../lib/store/mysql/open';
import { openMysqlStore } from '../../../lib/store/mysql/open';
import { notificationFor } from '../../inbox/notifications';
import { rememberedLog } from '../../inbox/stage';
import { claimAt, message, order, paidBy, settlement, START } from '../builders';
import { leaseNowOfCaller } from './harness';
import type { MysqlServer } from './server';
import { describeWithMariadb, startMysqlServer } from './server';

/** All tables in files that do not grow: full as a disk is full. */
const filesOf = (...files: readonly string[]) => [
  '--innodb-file-per-table=0',
  `--innodb-data-file-path=${files.join(';')}`,
];
const SMALL = filesOf('ibdata1:48M');
const LARGER = filesOf('ibdata1:48M', 'ibdata2:48M');
/** Rows of 8 KB, which fill that file. */
const MOST_ROWS = 10_000;
/** How each call says so. */
const DISK: unknown = expect.stringContaining('disk');
const FULL = { code: 'overloaded', message: DISK };

// MySQL itself would have to be installed with this file, too.
describeWithMariadb('a MySQL store whose disk is full', () => {
  let server: MysqlServer;
  let store: MysqlStore;

  /** Fills what is left, in ever smaller rows. */
  const fill = async (): Promise<void> => {
    await server.admin('CREATE TABLE shop.filler (text LONGBLOB NOT NULL) ENGINE=InnoDB');
    let rows = 0;
    for (const bytes of [1_000_000, 100_000, 60_000]) {
      try {
        for (; rows < MOST_ROWS; rows += 1)
          await server.admin(`INSERT INTO shop.filler VALUES (REPEAT('x', ${String(bytes)}))`);
      } catch (error) {
        expect(error).toMatchObject({ errno: 1114 });
      }
    }
    expect(rows).toBeLessThan(MOST_ROWS);
  };

  beforeAll(async () => {
    server = await startMysqlServer({ args: SMALL, durable: true });
    await server.admin('CREATE DATABASE shop');
    store = await openMysqlStore({ url: server.url('shop'), leaseNow: leaseNowOfCaller });
  });
  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  test('acknowledges nothing that it did not store, spends no attempt, and goes on once there is room', async () => {
    const [first, second] = [message(1), message(2)];
    for (const one of [first, second]) await store.inbox.record(one);
    await store.orders.create(order(1));
    const held = claimAt(START);
    await store.inbox.claim({ ...held, keys: [first.key] });
    await fill();

    // What the file has no page for is refused, and said to be the disk.
    const refused: unknown[] = [];
    for (let n = 10; n < 400 && refused.length === 0; n += 1) {
      const raw = 'y'.repeat(60_000);
      await store.inbox.record(message(n, { raw })).catch((error: unknown) => refused.push(error));
    }
    expect(refused).toEqual([expect.objectContaining(FULL)]);

    // The sender of a notification is told so, and sends it again.
    const deps = {
      record: store.inbox.record.bind(store.inbox),
      clock: { now: () => START },
      timers: systemTimers,
      log: rememberedLog(),
      ackBudgetMs: 2_500,
    };
    const lost = { ...notificationFor(order(3)), attach: 'z'.repeat(60_000) };
    const answer = await receiveNotification(deps, lost, 'wx_paycallback');
    expect(answer).not.toMatchObject({ errcode: 0 });

    // What a worker decided is not half written, and what is due stays so: no attempt is spent.
    const paid = settlement(first, undefined, { change: paidBy(order(1), first, START) });
    await expect(store.inbox.settle(held.token, START, [paid])).rejects.toMatchObject(FULL);
    await expect(store.inbox.claim(claimAt(START))).rejects.toMatchObject(FULL);
    expect(await store.inbox.find(first.key)).toMatchObject({ state: 'pending', attempts: 0 });
    expect(await store.inbox.find(second.key)).toMatchObject({ state: 'pending', attempts: 0, lease: null });
    expect(await store.orders.find([order(1).outTradeNo])).toMatchObject([{ payment: { state: 'pending' } }]);

    // Even to delete takes room: the disk must grow.
    await server.crashAndStart(LARGER);
    expect(await store.inbox.record(message(500, { raw: 'y'.repeat(60_000) }))).toBe('stored');
    expect(await receiveNotification(deps, lost, 'wx_paycallback')).toMatchObject({ errcode: 0 });
    expect(await store.inbox.settle(held.token, START, [paid])).toEqual(['settled']);
    expect(await store.inbox.claim(claimAt(START))).toContainEqual(
      expect.objectContaining({ key: second.key }),
    );
    expect(await store.orders.find([order(1).outTradeNo])).toMatchObject([{ payment: { state: 'paid' } }]);
  }, 120_000);
});
