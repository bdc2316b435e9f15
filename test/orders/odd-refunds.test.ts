import type { Content } from '../../lib/model/message';
import { keyOf } from '../../lib/model/message';
import { orderInRefundMessage } from '../../lib/rules/fact-messages';
import { fen } from '../../lib/values/fen';
import { readNotification } from '../../lib/wechat/notification';
import { MERCHANT, message, refundNo, START, tradeNo, transactionId } from '../store/builders';
import { inShop, refund } from './shop';

/* Refund messages that say less than they should: what they hold, and what ends it. */

/** A believed refund notification whose number cannot be read. */
const withoutNumber = (outTradeNo: string, digest: string) => {
  const reading = readNotification({ outTradeNo, refundId: '50000000382019052709732678859' });
  if (reading.kind !== 'unusable') throw new Error('it can be read');
  const content: Content = { ...reading, digest };
  return message(1, { content, key: keyOf(content, 'platform'), outTradeNo: reading.outTradeNo });
};

describe('a refund message without a readable refund number', () => {
  it.each(['before', 'after'] as const)('holds the order that it names, %s the payment', (when) =>
    inShop(async ({ hear, inbox, minutes, delivered, order, open }, stage) => {
      const odd = withoutNumber(tradeNo(1), 'd1');
      if (when === 'before') await hear(odd);
      await hear(message(1));
      await inbox();
      if (when === 'after') await hear(odd);
      await minutes(10);
      expect(delivered).toEqual([]);
      expect((await order()).fulfilment).toMatchObject({
        state: 'held',
        reason: 'refund_message_unreadable',
      });
      expect(await open()).toEqual(['fulfilment_held']);
      await stage.store.inbox.dismiss([odd.key], 'li', 'it was about another shop', stage.deps.clock.now());
      await minutes(1);
      expect(delivered).toEqual([tradeNo(1)]);
      expect(await open()).toEqual([]);
    })(),
  );

  it(
    'holds no other order',
    inShop(async ({ hear, inbox, minutes, delivered }) => {
      await hear(withoutNumber(tradeNo(2), 'd1'));
      await hear(withoutNumber('not a number of ours', 'd2'));
      await hear(message(1));
      await inbox();
      await minutes(1);
      expect(delivered).toEqual([tradeNo(1)]);
    }),
  );
});

describe('a dead refund message that says neither state nor amount', () => {
  const SAYS_LITTLE = { state: 'unknown', refund: null, total: null } as const;

  it.each([
    ['succeeded', 'succeeded'],
    ['closed', 'closed'],
  ] as const)('holds its order until the end of its refund is believed: %s', (state, then) =>
    inShop(async ({ hear, inbox, minutes, delivered, order, open }, stage) => {
      await hear(message(1));
      await hear(refund(1, SAYS_LITTLE));
      await inbox();
      await minutes(10);
      expect(delivered).toEqual([]);
      expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_message_open' });
      await hear(refund(1, { state, refund: fen(40) }));
      await minutes(2);
      const [ended] = await stage.store.refunds.find([refundNo(1)]);
      expect(ended).toMatchObject({ progress: { state: then } });
      expect(await stage.store.inbox.find(refund(1, SAYS_LITTLE).key)).toMatchObject({ state: 'done' });
      expect(delivered).toEqual([tradeNo(1)]);
      expect(await open()).not.toContain('fulfilment_held');
    })(),
  );

  it(
    'holds it on when the refund that ended is another by amount, and is not replayed run after run',
    inShop(async ({ hear, inbox, minutes, delivered }, stage) => {
      const other = refund(1, { ...SAYS_LITTLE, total: fen(999) });
      await hear(message(1));
      await hear(other);
      await inbox();
      await minutes(5);
      await hear(refund(1, { refund: fen(40) }));
      await minutes(5);
      const replays = async () => (await stage.store.inbox.find(other.key))?.replays;
      const before = await replays();
      await minutes(5);
      expect(await replays()).toBe(before);
      expect(delivered).toEqual([]);
    }),
  );
});

it(
  'a refund that was closed, and of which a later message does not say how it stands, holds its order',
  inShop(async ({ hear, inbox, minutes, delivered, order, open }, stage) => {
    await hear(message(1));
    await hear(refund(1, { state: 'closed' }));
    await inbox();
    stage.advance(1_000);
    const later = refund(1, { state: 'unknown' });
    await hear(later);
    await inbox();
    await minutes(5);
    expect(delivered).toEqual([]);
    expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_message_open' });
    expect(await open()).toEqual(expect.arrayContaining(['refund_state_mismatch', 'fulfilment_held']));
    // It was paid out after all: the books say so, and the order ends as refunded.
    await hear(refund(1));
    await minutes(3);
    expect(await stage.store.inbox.find(later.key)).toMatchObject({ state: 'done' });
    expect(delivered).toEqual([]);
    expect((await order()).fulfilment).toMatchObject({ state: 'dead' });
  }),
);

describe('a second message that does not say how a refund stands, after the refund was closed,', () => {
  const STATELESS = { state: 'unknown', refund: fen(40) } as const;
  const sameAgain = { ...refund(1, STATELESS), raw: '{"second":true}' };

  it.each([
    ['a notification', refund(1, STATELESS)],
    [
      'a query of the order',
      orderInRefundMessage(
        { outRefundNo: refundNo(1), outTradeNo: tradeNo(1), subMchId: MERCHANT },
        { kind: 'paid_then_refunded', transactionId: null, payment: null },
        START,
      ),
    ],
  ])('holds its order, though the first was %s', (_, first) =>
    inShop(async ({ hear, inbox, minutes, delivered, order, open }, stage) => {
      await hear(message(1));
      await hear(refund(1, { state: 'abnormal', refund: fen(40) }));
      await hear(first);
      await inbox();
      stage.advance(1_000);
      await hear(refund(1, { state: 'closed', refund: fen(40) }));
      await inbox();
      const [closed] = await stage.store.refunds.find([refundNo(1)]);
      expect(closed).toMatchObject({ progress: { state: 'closed' } });
      expect(await stage.store.inbox.find(first.key)).toMatchObject({ state: 'done' });
      stage.advance(1_000);
      await hear(sameAgain);
      await inbox();
      await minutes(5);
      expect(delivered).toEqual([]);
      expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_message_open' });
      expect(await open()).toEqual(expect.arrayContaining(['refund_state_mismatch', 'fulfilment_held']));
    })(),
  );

  it(
    'is no evidence when it is the first one, delivered again',
    inShop(async ({ hear, inbox, minutes, delivered }, stage) => {
      await hear(message(1));
      await hear(refund(1, STATELESS));
      await inbox();
      stage.advance(1_000);
      await hear(refund(1, { state: 'closed', refund: fen(40) }));
      await inbox();
      stage.advance(1_000);
      await hear(refund(1, STATELESS));
      await inbox();
      await minutes(2);
      expect(delivered).toEqual([tradeNo(1)]);
    }),
  );
});

it(
  'a refund that was closed after a message that does not say how it stands holds nothing',
  inShop(async ({ hear, inbox, minutes, delivered }, stage) => {
    await hear(message(1));
    await hear(refund(1, { state: 'unknown', transactionId: transactionId(1) }));
    stage.advance(1_000);
    await hear(refund(1, { state: 'closed' }));
    await inbox();
    await minutes(2);
    expect(delivered).toEqual([tradeNo(1)]);
  }),
);

it(
  'an order that is held again in the millisecond of its first hold has an open discrepancy',
  inShop(async ({ hear, inbox, deliver, order, open }, stage) => {
    await hear(refund(1, { state: 'processing' }));
    await hear(message(1));
    await hear(withoutNumber(tradeNo(1), 'd1'));
    await inbox();
    await deliver();
    const { fulfilment } = await order();
    expect(fulfilment).toMatchObject({ state: 'held', reason: 'refund_message_unreadable' });
    stage.advance(60_000);
    await deliver();
    expect(await open()).toContain('fulfilment_held');
  }),
);
