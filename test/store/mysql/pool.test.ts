import { MysqlError } from '../../../lib/store/mysql/base/errors';
import type { Link } from '../../../lib/store/mysql/base/link';
import { openPool } from '../../../lib/store/mysql/base/pool';

/** A connection that answers, or does not. */
function link(answers: () => boolean): Link & { asked: number } {
  let open = true;
  const one = {
    asked: 0,
    query: (): Promise<unknown> => {
      one.asked += 1;
      return answers()
        ? Promise.resolve([])
        : Promise.reject(new MysqlError('lost', 'unavailable', 'no answer'));
    },
    isOpen: () => open,
    destroy: () => {
      open = false;
    },
  };
  return one;
}

describe('the pool of connections', () => {
  test('opens no more than its size, and passes a free one on to who waits longest', async () => {
    const made: Link[] = [];
    const pool = openPool({
      size: 2,
      acquireMs: 1_000,
      connect: async () => {
        const one = link(() => true);
        made.push(one);
        return one;
      },
    });
    const order: number[] = [];
    await Promise.all([1, 2, 3, 4].map((n) => pool.use(async () => order.push(n))));
    expect(order).toEqual([1, 2, 3, 4]);
    expect(made).toHaveLength(2);
    await pool.close();
    expect(made.map((one) => one.isOpen())).toEqual([false, false]);
    await expect(pool.use(async () => 1)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('asks one connection that rested, and closes all of them when it does not answer', async () => {
    let isCut = false;
    const made: (Link & { asked: number })[] = [];
    const pool = openPool({
      size: 3,
      acquireMs: 1_000,
      askAfterIdleMs: 0,
      connect: async () => {
        const one = link(() => !isCut);
        made.push(one);
        return one;
      },
    });
    await Promise.all([1, 2, 3].map(() => pool.use(async () => undefined)));
    expect(made).toHaveLength(3);
    isCut = true;
    await pool.use(async () => undefined);
    expect(made).toHaveLength(4);
    expect(made.map((one) => one.asked).reduce((sum, asked) => sum + asked, 0)).toBe(1);
    expect(made.map((one) => one.isOpen())).toEqual([false, false, false, true]);
  });

  test('gives a place back whose connection could not be opened', async () => {
    let fails = true;
    const pool = openPool({
      size: 1,
      acquireMs: 1_000,
      connect: async () => {
        if (fails) throw new MysqlError('refused', 'overloaded', 'no connection left');
        return link(() => true);
      },
    });
    await expect(pool.use(async () => 1)).rejects.toMatchObject({ code: 'overloaded' });
    fails = false;
    expect(await pool.use(async () => 1)).toBe(1);
  });
});
