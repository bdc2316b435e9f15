import { isBeijingDay, type BeijingDay } from '../../lib/values/day';
import { inShop, type Shop } from './shop';

const MINUTE = 60_000;

function dayNamed(text: string): BeijingDay {
  if (!isBeijingDay(text)) throw new TypeError(`no day: ${text}`);
  return text;
}
const NEXT_DAY = dayNamed('20260302');

/** Orders that are paid, and of which no callback ever tells; two more that nobody pays. */
async function paidInSilence({ order, simulator }: Shop): Promise<void> {
  for (let n = 1; n <= 8; n += 1) simulator.pay(await order(n), { faults: { lose: 'all' } });
  await order(9);
  simulator.abandon(await order(10));
}

test('with every callback lost, all that is paid is known within ten minutes and fulfilled, by query alone', () =>
  inShop(async (shop) => {
    await paidInSilence(shop);
    await shop.live(10 * MINUTE, MINUTE / 2, ['reconcileOrders', 'processInbox', 'fulfillOrders']);
    const paid = (await shop.orders()).filter(({ payment }) => payment.state === 'paid');
    expect(paid).toHaveLength(8);
    for (const { payment, fulfilment } of paid) {
      expect([payment.state === 'paid' && payment.knownBy, fulfilment.state]).toEqual(['query', 'done']);
    }
    expect(new Set(shop.delivered).size).toBe(8);
    expect(shop.delivered).toHaveLength(8);
    await shop.live(60 * MINUTE, MINUTE, ['reconcileOrders', 'processInbox']);
    const others = (await shop.orders()).filter(({ payment }) => payment.state !== 'paid');
    expect(others.map(({ payment }) => payment.state)).toEqual(['closed', 'closed']);
  }));

test('with queries off as well, all that is paid is known by half past ten the next day, by the statement alone', () =>
  inShop(async (shop) => {
    await paidInSilence(shop);
    const off = { kind: 'system_error' } as const;
    shop.simulator.disturb({ api: 'queryOrder', fault: off, times: 1_000_000 });
    shop.simulator.disturb({ api: 'closeOrder', fault: off, times: 1_000_000 });
    await shop.live(60 * MINUTE, 5 * MINUTE, ['reconcileOrders', 'processInbox', 'fulfillOrders']);
    expect((await shop.orders()).every(({ payment }) => payment.state === 'pending')).toBe(true);
    await shop.until(NEXT_DAY, 10.1);
    const answer = await shop.run('reconcileStatement');
    await shop.run('fulfillOrders');
    const paid = (await shop.orders()).filter(({ payment }) => payment.state === 'paid');
    expect(paid).toHaveLength(8);
    for (const { payment, fulfilment } of paid) {
      expect([payment.state === 'paid' && payment.knownBy, fulfilment.state]).toEqual(['statement', 'done']);
    }
    expect(JSON.stringify(answer)).toContain('"repaired"');
    const page = { after: null, limit: 100 };
    const now = shop.time.clock.now();
    expect((await shop.ports.store.discrepancies.listOpen({ ...page, now })).items).toEqual([]);
    const [resolved] = (await shop.ports.store.discrepancies.listResolved(page)).items;
    expect(resolved).toMatchObject({ class: 'unpaid_order', resolution: { by: 'auto' } });
    await shop.run('reconcileStatement');
    expect(shop.delivered).toHaveLength(8);
  }));
