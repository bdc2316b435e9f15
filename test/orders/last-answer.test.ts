import { later } from '../../lib/values/instant';
import type { CloseAnswer, OrderAnswer } from '../../lib/wechat/port';
import { PLENTY } from '../inbox/stage';
import { START } from '../store/builders';
import { MINUTE, onAsking, paid, sayOf } from './asking';

const EXPIRED = later(START, 15 * MINUTE + 1);
const UNKNOWN: OrderAnswer & CloseAnswer = { kind: 'unknown', reason: 'transport', detail: 'no answer' };
const LIMITED: OrderAnswer = { kind: 'unknown', reason: 'rate_limited', detail: '' };
const NO_TOKEN: OrderAnswer = { kind: 'unknown', reason: 'missing_api_token', detail: '' };

describe('what was heard and settled nothing', () => {
  test.each<[string, OrderAnswer]>([
    ['not_paid', { kind: 'not_paid' }],
    ['paying', { kind: 'paying' }],
    ['no_such_order', { kind: 'no_such_order' }],
    ['paid_then_refunded', { kind: 'paid_then_refunded', transactionId: null, payment: null }],
    ['refused:other', { kind: 'refused', code: 'other', detail: 'of oPayer' }],
    ['unknown:transport', UNKNOWN],
    ['unknown:rate_limited', LIMITED],
    ['unknown:missing_api_token', NO_TOKEN],
  ])('stays with the order as %s, with its time and without a new version', (said, answer) =>
    onAsking(async (asking) => {
      await asking.make(1);
      asking.says.query = () => answer;
      asking.advance(MINUTE);
      await asking.run();
      const lastAnswer = { at: asking.deps.clock.now(), said };
      // That money went back is noted on the order, since its fulfilment depends on it.
      const version = said === 'paid_then_refunded' ? 2 : 1;
      expect(await asking.find(1)).toMatchObject({ version, asks: 1, lastAnswer });
    }),
  );

  test.each<[string, CloseAnswer]>([
    ['close:already_paid', { kind: 'already_paid' }],
    ['close:no_such_order', { kind: 'no_such_order' }],
    ['close:refused:too_early', { kind: 'refused', code: 'too_early', detail: '' }],
    ['close:unknown:transport', UNKNOWN],
  ])('is what was said last, to closing too: %s', (said, answer) =>
    onAsking(async (asking) => {
      await asking.make(1);
      asking.says.close = () => answer;
      asking.waitUntil(EXPIRED);
      await asking.run();
      expect(await asking.find(1)).toMatchObject({ payment: { state: 'pending' }, lastAnswer: { said } });
    }),
  );

  test('is written once for each answer and time to ask again, and not for what became a fact', () =>
    onAsking(async (asking) => {
      await asking.make(7);
      asking.says.query = sayOf<OrderAnswer>(
        { 1: paid(1), 2: { kind: 'paying' }, 3: { kind: 'paying' }, 4: UNKNOWN },
        { kind: 'not_paid' },
      );
      const { orders } = asking.store;
      const written: (string | null)[] = [];
      const askAgainAt: typeof orders.askAgainAt = (numbers, at, answer) => {
        written.push(`${numbers.length} ${answer?.said ?? ''}`);
        return orders.askAgainAt(numbers, at, answer);
      };
      asking.advance(MINUTE);
      await asking.run(PLENTY, { store: { ...asking.store, orders: { ...orders, askAgainAt } } });
      expect(written.sort()).toEqual(['1 unknown:transport', '2 paying', '3 not_paid']);
      expect(await asking.find(1)).toMatchObject({ payment: { state: 'paid' }, lastAnswer: null });
      expect(await asking.find(2)).toMatchObject({ lastAnswer: { said: 'paying' } });
    }));

  test('is left as it was where the next turn is given back unasked', () =>
    onAsking(async (asking) => {
      await asking.make(1);
      asking.advance(MINUTE);
      await asking.run();
      const { lastAnswer, nextAskAt } = await asking.find(1);
      asking.waitUntil(nextAskAt);
      let asked = 0;
      // Time enough to claim, and none to ask.
      const budget = { remaining: () => (asked++ === 0 ? 60_000 : 0), stopping: false };
      expect(await asking.run(budget)).toMatchObject({ claimed: 1, asked: 0, returned: 1 });
      expect(await asking.find(1)).toMatchObject({ lastAnswer });
      expect(lastAnswer).toMatchObject({ said: 'not_paid' });
    }));
});
