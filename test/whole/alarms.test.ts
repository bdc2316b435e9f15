import type { AlarmTarget } from '../../lib/ops/watch/notice';
import { dayOf, daysLater } from '../../lib/values/day';
import { fen } from '../../lib/values/fen';
import { watchdog } from '../../workers/watchdog/worker';
import { PLENTY } from '../inbox/stage';
import { inShop, type Shop, type WorkerName } from './shop';

const MINUTE = 60_000;

/** A watchdog of the shop, and what it told. */
function watching(shop: Shop) {
  const told: string[] = [];
  const robot: AlarmTarget = {
    name: 'duty',
    deliver: async ({ cause, level }) => {
      told.push(`${cause} ${level}`);
    },
  };
  const run = watchdog(shop.ports, [robot]);
  return {
    /** What has been told since this was asked last. */
    notices: (): readonly string[] => told.splice(0),
    /** Lets time pass, with these workers and a look every five minutes. */
    live: async (ms: number, workers: readonly WorkerName[]): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 5 * MINUTE) {
        await shop.live(5 * MINUTE, MINUTE, workers);
        await run(PLENTY);
      }
    },
  };
}

const ALL: readonly WorkerName[] = [
  'processInbox',
  'fulfillOrders',
  'reconcileOrders',
  'followRefunds',
  'reconcileStatement',
];

test('a shop in which all is well rings for nobody, from the first order to the statement', () =>
  inShop(async (shop) => {
    const { live, notices } = watching(shop);
    for (let n = 1; n <= 3; n += 1) shop.simulator.pay(await shop.order(n));
    await shop.order(4);
    await live(180 * MINUTE, ALL);
    await shop.until(daysLater(dayOf(shop.time.clock.now()), 1), 9.9);
    await live(180 * MINUTE, ALL);
    expect(notices()).toEqual([]);
  }));

test('callbacks that never come ring, though every payment is found, and it is over when they come again', () =>
  inShop(async (shop) => {
    const { live, notices } = watching(shop);
    for (let n = 1; n <= 4; n += 1) shop.simulator.pay(await shop.order(n), { faults: { lose: 'all' } });
    await live(60 * MINUTE, ALL);
    expect(shop.delivered).toHaveLength(4);
    expect(notices()).toEqual(['silent_callbacks 100']);
    shop.simulator.pay(await shop.order(5));
    await live(360 * MINUTE, ALL);
    expect(notices()).toEqual(['silent_callbacks 0']);
  }));

test('workers that do not run ring one after the other, and are over once they run', () =>
  inShop(async (shop) => {
    const { live, notices } = watching(shop);
    shop.simulator.pay(await shop.order(1));
    await shop.order(2);
    await live(60 * MINUTE, ['fulfillOrders']);
    const rang = notices();
    expect(rang).toContain('oldest_due_message 100');
    // One never had a message, one has a message in the inbox: neither was queried in time.
    expect(rang).toContain('unknown_payments 100');
    await live(30 * MINUTE, ALL);
    expect(notices()).toEqual(['oldest_due_message 0', 'unknown_payments 0']);
  }));

test('a delivery that nobody makes rings', () =>
  inShop(async (shop) => {
    const { live, notices } = watching(shop);
    shop.simulator.pay(await shop.order(1));
    await live(60 * MINUTE, ['processInbox']);
    expect(notices()).toEqual(['failing_fulfilment 50']);
    await live(20 * MINUTE, ALL);
    expect(notices()).toEqual(['failing_fulfilment 0']);
  }));

test('a wrong amount rings as a discrepancy, a dead letter and an order of unknown payment, and not without end', () =>
  inShop(async (shop) => {
    const { live, notices } = watching(shop);
    shop.simulator.pay(await shop.order(1), { faults: { wrongAmount: fen(1) } });
    await live(180 * MINUTE, ALL);
    expect([...notices()].sort()).toEqual([
      'dead_letters 50',
      'open_discrepancies 50',
      'unknown_payments 50',
    ]);
    await shop.time.pass(2 * 24 * 60 * MINUTE);
    await live(60 * MINUTE, ALL);
    const later = notices();
    expect(later).toContain('unknown_payments 0');
    expect(later).toContain('dead_letters 0');
    expect(later.filter((one) => one.startsWith('open_discrepancies'))).not.toContain('open_discrepancies 0');
  }));

test('a statement that does not come rings at half past ten, and is over when it is compared', () =>
  inShop(async (shop) => {
    const { live, notices } = watching(shop);
    shop.simulator.pay(await shop.order(1));
    await live(30 * MINUTE, ALL);
    await shop.until(daysLater(dayOf(shop.time.clock.now()), 1), 10.4);
    const others = ALL.filter((name) => name !== 'reconcileStatement');
    await live(40 * MINUTE, others);
    expect(notices()).toEqual([50, 70, 90, 100].map((level) => `missing_statement ${level}`));
    await live(30 * MINUTE, ALL);
    expect(notices()).toEqual(['missing_statement 0']);
  }));
