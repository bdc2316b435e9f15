import { openCloudBaseStore } from '../../../lib/store/cloudbase/store';
import type { FaultEffect } from '../../cloudbase/faults';
import { takesEffect } from '../../cloudbase/faults';
import { isOutTradeNo } from '../../../lib/values/ids';
import { guarded, message, paymentOf } from '../builders';
import { onCloudBase } from './harness';

const ADD = { action: 'database.insertDocument', collection: 'wxpay_inbox' } as const;
const COUNT = { action: 'database.modifyDocument', collection: 'wxpay_inbox' } as const;

/** Answers that prove nothing, by what was done to the request. */
const USELESS: readonly (readonly [name: string, effect: FaultEffect])[] = [
  ['half a JSON text', { kind: 'malformed' }],
  ['half a JSON text after it took effect', { kind: 'malformed', applied: true }],
  ['nothing', { kind: 'empty' }],
  ['nothing after it took effect', { kind: 'empty', applied: true }],
  ['an object without data', { kind: 'http', status: 200, body: '{"requestId":"r"}' }],
  ['no id', { kind: 'http', status: 200, body: '{"requestId":"r","data":{"insertedIds":[]}}' }],
  ['another id', { kind: 'http', status: 200, body: '{"requestId":"r","data":{"insertedIds":["other"]}}' }],
  ['HTTP 500', { kind: 'http', status: 500, body: 'sorry' }],
  ['HTTP 503 after it took effect', { kind: 'http', status: 503, applied: true }],
  ['an unknown error', { kind: 'error', code: 'SOMETHING_NEW', message: 'never seen' }],
];

describe('record on CloudBase', () => {
  it.each(USELESS)(
    'believes no answer but what is stored when CloudBase answers %s',
    async (_name, effect) => {
      await onCloudBase(async ({ store, gateway }) => {
        gateway.faults.add({ match: ADD, effect });
        const recorded = store.inbox.record(message(1));
        if (takesEffect(effect)) expect(await recorded).toBe('stored');
        else await expect(recorded).rejects.toMatchObject({ code: 'unavailable' });
        // Redelivered, as WeChat Pay does, it is stored once, whether or not the first attempt took
        // effect.
        await store.inbox.record(message(1));
        expect(gateway.database.count('wxpay_inbox', {})).toBe(1);
      })();
    },
  );

  it.each(USELESS.filter(([name]) => !name.endsWith('id')))(
    'does not call a repeat counted when CloudBase answers %s',
    async (_name, effect) => {
      await onCloudBase(async ({ store, gateway }) => {
        await store.inbox.record(message(1));
        gateway.faults.add({ match: COUNT, effect });
        await expect(store.inbox.record(message(1))).rejects.toMatchObject({ code: 'unavailable' });
        expect(await store.inbox.record(message(1))).toBe('repeat');
      })();
    },
  );

  it(
    'does not call a message a repeat when CloudBase calls it a duplicate and does not have it',
    onCloudBase(async ({ store, gateway }) => {
      gateway.faults.add({
        match: ADD,
        effect: { kind: 'error', code: 'DATABASE_DUPLICATE_WRITE', message: 'E11000 duplicate key error' },
      });
      await expect(store.inbox.record(message(1))).rejects.toMatchObject({ code: 'unavailable' });
    }),
  );

  it(
    'counts a repeat whose order number reads like a time-out in the text of the duplicate',
    onCloudBase(async ({ store, gateway }) => {
      const payment = paymentOf(1, { outTradeNo: guarded(isOutTradeNo, 'timeout-000001') });
      const about = message(1, { content: { kind: 'payment', payment }, outTradeNo: payment.outTradeNo });
      expect(await store.inbox.record(about)).toBe('stored');
      expect(await store.inbox.record(about)).toBe('repeat');
      expect(gateway.countRequests()).toBe(3);
    }),
  );

  it(
    'rejects after a time-out although the message was stored, and counts the next delivery as a repeat',
    onCloudBase(async ({ gateway, newCloud }) => {
      const hasty = openCloudBaseStore(newCloud(100), () => undefined);
      const held = gateway.faults.add({ match: ADD, effect: { kind: 'hang', applied: true } });
      await expect(hasty.inbox.record(message(1))).rejects.toThrow('request timeout');
      held.release();
      expect(await hasty.inbox.record(message(1))).toBe('repeat');
      expect(await hasty.inbox.find(message(1).key)).toMatchObject({ deliveries: 2 });
    }),
  );

  describe('on a connection that is gone', () => {
    it(
      'tries once more, and stores',
      onCloudBase(async ({ store, gateway }) => {
        gateway.faults.add({ match: ADD, effect: { kind: 'cutBefore' } });
        expect(await store.inbox.record(message(1))).toBe('stored');
        expect(gateway.countRequests()).toBe(2);
        expect(await store.inbox.find(message(1).key)).toMatchObject({ deliveries: 1 });
      }),
    );

    it(
      'knows its own first try again when that took effect, and counts one delivery',
      onCloudBase(async ({ store, gateway }) => {
        gateway.faults.add({ match: ADD, effect: { kind: 'cutAfter' } });
        expect(await store.inbox.record(message(1))).toBe('stored');
        expect(gateway.countRequests()).toBe(3);
        expect(await store.inbox.find(message(1).key)).toMatchObject({ deliveries: 1 });
      }),
    );

    it(
      'counts a repeat of a message that was there before',
      onCloudBase(async ({ store, gateway }) => {
        await store.inbox.record(message(1));
        gateway.faults.add({ match: ADD, effect: { kind: 'cutBefore' } });
        expect(await store.inbox.record(message(1))).toBe('repeat');
        expect(await store.inbox.find(message(1).key)).toMatchObject({ deliveries: 2 });
      }),
    );

    it(
      'gives up after the second one, so that WeChat Pay delivers again',
      onCloudBase(async ({ store, gateway }) => {
        gateway.faults.add({ match: ADD, times: 2, effect: { kind: 'cutBefore' } });
        await expect(store.inbox.record(message(1))).rejects.toMatchObject({ code: 'unavailable' });
        expect(gateway.countRequests()).toBe(2);
        expect(await store.inbox.find(message(1).key)).toBeNull();
      }),
    );
  });
});
