import { mysqlRecord, WAITING_LIMIT } from '../../../lib/store/mysql/inbox/record';
import { mysqlSettle } from '../../../lib/store/mysql/inbox/settle';
import { MysqlError } from '../../../lib/store/mysql/base/errors';
import { freshToken, message, order, paidBy, settlement, START } from '../builders';

test('a database that is silent makes no more than so many messages wait', async () => {
  const silent = new Promise<never>(() => undefined);
  const record = mysqlRecord({ rows: () => silent, insert: () => silent, transaction: () => silent });
  const one = message(1);
  for (let n = 0; n < WAITING_LIMIT; n += 1) void record(one);
  await expect(record(one)).rejects.toMatchObject({ code: 'overloaded' });
});

test('what was decided on a message that waits for a row is not settled without that one', async () => {
  const held = new MysqlError('locked', 'overloaded', 'held');
  // The batch, then its first message. The order's holder may commit its next version then.
  const transaction = jest.fn().mockRejectedValueOnce(held).mockRejectedValueOnce(held);
  transaction.mockResolvedValue(['settled']);
  const settle = mysqlSettle({ impatient: { transaction }, leaseNow: String }, () => undefined);
  const [first, next, other] = [order(1), { ...order(1), version: order(1).version + 1 }, order(2)];
  const settlements = [first, next, other].map((of, n) =>
    settlement(message(n), undefined, { change: paidBy(of, message(n), START) }),
  );
  expect(await settle(freshToken(), START, settlements)).toEqual(['failed', 'stale', 'settled']);
});

test('a server that falls silent while a batch is settled one by one is waited for once', async () => {
  const failing = (kind: 'locked' | 'lost') => new MysqlError(kind, 'unavailable', kind);
  const transaction = jest.fn().mockRejectedValue(failing('lost')).mockRejectedValueOnce(failing('locked'));
  const settle = mysqlSettle({ impatient: { transaction }, leaseNow: String }, () => undefined);
  const settlements = [1, 2, 3].map((n) => settlement(message(n)));
  expect(await settle(freshToken(), START, settlements)).toEqual(['failed', 'failed', 'failed']);
  // The batch, and its first message.
  expect(transaction).toHaveBeenCalledTimes(2);
});
