import type { OpenRefund } from '../../lib/model/message';
import { evidenceReader } from '../../lib/orders/evidence';
import { lanesOf } from '../../lib/orders/lanes';
import { orderSource, type ClaimedOrder } from '../../lib/orders/order-source';
import type { OutTradeNo } from '../../lib/values/ids';
import { freshToken, NEXT_DAY, order, tradeNo } from '../store/builders';

const claimedOf = (n: number): ClaimedOrder => ({ order: order(n), token: freshToken(), until: NEXT_DAY });

describe('where lanes get their orders', () => {
  it('goes on after a short claim, and ends with an empty one', async () => {
    const claims = [[claimedOf(1)], [claimedOf(2), claimedOf(3)], []];
    const source = orderSource(
      () => true,
      8,
      async () => claims.shift() ?? [],
    );
    const numbers: unknown[] = [];
    for (let next = await source.next(); next !== null; next = await source.next()) {
      numbers.push(next.order.outTradeNo);
    }
    expect(numbers).toEqual([1, 2, 3].map(tradeNo));
    expect(claims).toEqual([]);
  });

  it('ends when a claim brings only what was returned before', async () => {
    let claims = 0;
    const source = orderSource(
      () => true,
      1,
      async () => ((claims += 1), [claimedOf(1)]),
    );
    let handed = 0;
    for (let next = await source.next(); next !== null && handed < 9; next = await source.next()) {
      handed += 1;
      source.returned(next.order);
    }
    expect([handed, claims]).toEqual([2, 2]);
  });

  it('hands out what a claim brings after the time is over, so that it is returned', async () => {
    let isTime = true;
    const source = orderSource(
      () => isTime,
      8,
      async () => ((isTime = false), [claimedOf(1), claimedOf(2)]),
    );
    expect(await source.next()).not.toBeNull();
    expect(await source.next()).not.toBeNull();
    expect(await source.next()).toBeNull();
  });

  it('tells a failure only when nothing is left to hand out', async () => {
    const answers = [[claimedOf(1), claimedOf(2)]];
    const source = orderSource(
      () => true,
      8,
      async () => answers.shift() ?? Promise.reject(new Error('no store')),
    );
    expect(await source.next()).not.toBeNull();
    expect(await source.next()).not.toBeNull();
    await expect(source.next()).rejects.toThrow('no store');
  });
});

describe('evidence against fulfilling', () => {
  it('is read together for orders that begin together, by a request that starts after they asked', async () => {
    const asked: (readonly OutTradeNo[])[] = [];
    const waiting: (() => void)[] = [];
    const inbox = {
      openRefunds: async (numbers: readonly OutTradeNo[]): Promise<readonly OpenRefund[]> => {
        asked.push(numbers);
        await new Promise<void>((resolve) => waiting.push(resolve));
        return [];
      },
    };
    const read = evidenceReader(inbox);
    const first = [read(tradeNo(1)), read(tradeNo(2))];
    await Promise.resolve();
    const others = [3, 4, 5, 6, 7].map(async (n) => {
      await Promise.resolve();
      return read(tradeNo(n));
    });
    await new Promise(setImmediate);
    expect(asked[0]).toEqual([1, 2].map(tradeNo));
    while (asked.flat().length < 7 || waiting.length > 0) {
      waiting.shift()?.();
      await new Promise(setImmediate);
    }
    await Promise.all([...first, ...others]);
    expect(asked.flat()).toHaveLength(7);
    expect(asked.length).toBeLessThanOrEqual(4);
  });
});

describe('lanes', () => {
  const source = () => {
    const stock: ClaimedOrder[] = [];
    return { stock, lanesOf: { next: async () => stock.shift() ?? null, refill: () => undefined } };
  };

  it('begin no order while something else goes first', async () => {
    const { stock, lanesOf: from } = source();
    const begun: unknown[] = [];
    const lanes = lanesOf(2, from, async ({ order: { outTradeNo } }) => void begun.push(outTradeNo));
    let end = (): void => undefined;
    const paused = lanes.pauseWhile(() => new Promise<void>((resolve) => (end = resolve)));
    stock.push(claimedOf(1));
    lanes.refill();
    await new Promise(setImmediate);
    expect(begun).toEqual([]);
    end();
    await paused;
    await lanes.idle();
    expect(begun).toEqual([tradeNo(1)]);
  });

  it('claim again for what became due during a claim', async () => {
    const claims: ((orders: readonly ClaimedOrder[]) => void)[] = [];
    const from = orderSource(
      () => true,
      1,
      () => new Promise<readonly ClaimedOrder[]>((resolve) => claims.push(resolve)),
    );
    const begun: unknown[] = [];
    const lanes = lanesOf(1, from, async ({ order: { outTradeNo } }) => void begun.push(outTradeNo));
    lanes.refill();
    await new Promise(setImmediate);
    lanes.refill();
    for (const orders of [[], [claimedOf(1)], []]) {
      claims.shift()?.(orders);
      await new Promise(setImmediate);
    }
    await lanes.idle();
    expect(begun).toEqual([tradeNo(1)]);
  });
});
