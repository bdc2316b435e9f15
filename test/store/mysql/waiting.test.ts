import { mysqlRecord, WAITING_LIMIT } from '../../../lib/store/mysql/inbox/record';
import { message } from '../builders';

test('a database that is silent makes no more than so many messages wait', async () => {
  const silent = new Promise<never>(() => undefined);
  const record = mysqlRecord({ rows: () => silent, insert: () => silent, transaction: () => silent });
  const one = message(1);
  for (let n = 0; n < WAITING_LIMIT; n += 1) void record(one);
  await expect(record(one)).rejects.toMatchObject({ code: 'overloaded' });
});
