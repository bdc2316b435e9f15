import { DUPLICATE_SHAPES } from '../../cloudbase/database/collections';
import type { FaultEffect } from '../../cloudbase/faults';
import { openCloudBaseStore } from '../../../lib/store/cloudbase/store';
import type { Store } from '../../../lib/store/port';
import { useFunctionEnvironment } from '../../cloudbase/function-environment';
import { startLoopbackCloudBase } from '../../cloudbase/gateway';
import {
  claimAt,
  discrepancy,
  message,
  order,
  paidBy,
  PAYER,
  recordRange,
  refund,
  refundedBy,
  refundMessage,
  refundNo,
  settlement,
  statementRun,
  tradeNo,
  NEXT_DAY,
} from '../builders';
import { claimedPayments, newInstance, onCloudBase } from './harness';
import { alarm, auditEntry, figuresAt } from '../operations-builders';

const CHANGE_ORDER = { action: 'database.modifyDocument', collection: 'wxpay_orders' } as const;
const CHANGE_MESSAGE = { action: 'database.modifyDocument', collection: 'wxpay_inbox' } as const;

const CALLS: readonly (readonly [name: string, call: (store: Store) => Promise<unknown>])[] = [
  ['record', (store) => store.inbox.record(message(1))],
  ['create', (store) => store.orders.create(order(1))],
  ['note', (store) => store.orders.note({ outTradeNo: tradeNo(1), expectedVersion: 1 })],
  ['find', (store) => store.inbox.find(message(1).key)],
];

describe('an error of CloudBase', () => {
  it.each(DUPLICATE_SHAPES)('is known as a duplicate in the shape %s', async (duplicates) => {
    await onCloudBase(
      async ({ store, now, gateway }) => {
        expect(await store.inbox.record(message(1))).toBe('stored');
        expect(gateway.countRequests()).toBe(1);
        expect(await store.inbox.record(message(1))).toBe('repeat');
        expect(gateway.countRequests()).toBe(1 + 2);
        expect(await store.orders.create(order(1))).toBe('created');
        expect(await store.orders.create(order(1))).toBe('exists');
        await store.inbox.record(message(2));
        const request = claimAt(now());
        await store.inbox.claim(request);
        const found = { discrepancies: [discrepancy(1, now())] };
        const both = [settlement(message(1), undefined, found), settlement(message(2), undefined, found)];
        expect(await store.inbox.settle(request.token, now(), both)).toEqual(['settled', 'settled']);
        await store.refunds.create(refund(1));
        expect(await store.refunds.create(refund(1))).toBe('exists');
        await store.statementRuns.open(statementRun(0));
        expect(await store.statementRuns.open(statementRun(0))).toBe('exists');
        await store.audit.append(auditEntry(1));
        await store.audit.append(auditEntry(1));
        await store.figures.put(figuresAt(now()));
        await store.figures.put(figuresAt(now()));
        expect(await store.alarms.save(alarm('backlog'))).toBe(true);
        expect(await store.alarms.save(alarm('backlog'))).toBe(false);
        expect(await store.refundCounts.save({ version: 1, refunds: [] })).toBe(true);
        expect(await store.refundCounts.save({ version: 1, refunds: [] })).toBe(false);
        const shared = { key: 'k', version: null, value: 1, expiresAt: NEXT_DAY, now: now() };
        expect(await store.shared.write(shared)).toBe(true);
        expect(await store.shared.write(shared)).toBe(false);
      },
      { duplicates },
    )();
  });

  it.each(CALLS)('is overloaded when %s is refused for load', async (_name, call) => {
    await onCloudBase(async ({ store, gateway }) => {
      for (const code of ['EXCEED_REQUEST_LIMIT', 'EXCEED_CONCURRENT_REQUEST_LIMIT', 'SOMETHING_NEW']) {
        gateway.faults.add({ effect: { kind: 'error', code, message: '[EXCEED_REQUEST_LIMIT] slow down' } });
        await expect(call(store)).rejects.toMatchObject({ name: 'StoreError', code: 'overloaded' });
      }
    })();
  });

  it.each(CALLS)('is misconfigured when %s may not use the collection', async (_name, call) => {
    await onCloudBase(async ({ store, gateway }) => {
      const effect = { kind: 'error', code: 'DATABASE_PERMISSION_DENIED', message: 'no' } as const;
      gateway.faults.add({ effect });
      await expect(call(store)).rejects.toMatchObject({ name: 'StoreError', code: 'misconfigured' });
    })();
  });

  it('is misconfigured when a collection is missing, and says which and how to make it', async () => {
    const gateway = await startLoopbackCloudBase();
    const restoreEnvironment = useFunctionEnvironment(gateway);
    try {
      const store = openCloudBaseStore(newInstance(gateway, 5_000), () => undefined);
      for (const [ask, name] of [
        [() => store.inbox.record(message(1)), 'wxpay_inbox'],
        [() => store.orders.create(order(1)), 'wxpay_orders'],
        [() => store.orders.counts(), 'wxpay_orders'],
        [() => store.discrepancies.countOpen(NEXT_DAY), 'wxpay_discrepancies'],
      ] as const) {
        const error: unknown = await ask().catch((reason: unknown) => reason);
        expect(error).toMatchObject({ name: 'StoreError', code: 'misconfigured' });
        expect(String(error)).toContain(`${name} does not exist: create it in the cloud development console`);
      }
    } finally {
      await gateway.stop();
      restoreEnvironment();
    }
  });

  it.each([
    ['malformed', { kind: 'malformed' }],
    ['empty', { kind: 'empty' }],
    ['without data', { kind: 'http', status: 200, body: '{"requestId":"r"}' }],
    [
      'with odd data',
      { kind: 'http', status: 200, body: '{"requestId":"r","data":{"total":"7","list":{}}}' },
    ],
    ['HTTP 500', { kind: 'http', status: 500, body: 'sorry' }],
    ['cut', { kind: 'cutBefore' }],
  ] as const satisfies readonly (readonly [string, FaultEffect])[])(
    'is unavailable when the answer to a question is %s',
    async (_name, effect) => {
      await onCloudBase(async ({ store, gateway, now }) => {
        gateway.faults.add({ times: Number.POSITIVE_INFINITY, effect });
        for (const ask of [
          () => store.inbox.claim(claimAt(now())),
          () => store.inbox.settle(claimAt(now()).token, now(), [settlement(message(1))]),
          () => store.inbox.backlog(now()),
          () => store.orders.find([tradeNo(1)]),
          () => store.orders.counts(),
          () => store.discrepancies.countOpen(NEXT_DAY),
        ]) {
          await expect(ask()).rejects.toMatchObject({ name: 'StoreError', code: 'unavailable' });
        }
      })();
    },
  );

  it(
    'repeats nothing of what the database quotes',
    onCloudBase(async ({ store, gateway }) => {
      const quote = `Cannot create field 'x' in element {payer: "${PAYER}"}`;
      gateway.faults.add({ effect: { kind: 'error', code: 'DATABASE_REQUEST_FAILED', message: quote } });
      const error: unknown = await store.orders.create(order(1)).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: 'StoreError', code: 'unavailable' });
      expect(error).not.toHaveProperty('cause');
      expect(String(error)).toContain('errCode -502001');
      expect(String(error)).not.toContain(PAYER);
    }),
  );

  it(
    'of more than 1000 numbers is not answered with a part of them',
    onCloudBase(async ({ store }) => {
      const numbers = Array.from({ length: 1_001 }, (_, n) => tradeNo(n));
      await expect(store.orders.find(numbers)).rejects.toMatchObject({ code: 'invalid' });
    }),
  );
});

describe('one write of a settlement that fails', () => {
  it.each([
    ['refused', { kind: 'error', code: 'EXCEED_REQUEST_LIMIT', message: 'slow down' }, 'pending'],
    ['cut before it took effect', { kind: 'cutBefore' }, 'pending'],
    ['cut after it took effect', { kind: 'cutAfter' }, 'paid'],
    ['answered with half a text', { kind: 'malformed', applied: true }, 'paid'],
  ] as const satisfies readonly (readonly [string, FaultEffect, string])[])(
    'fails that one only when its order write is %s, and is made good under the same token',
    async (_name, effect, state) => {
      await onCloudBase(async (harness) => {
        const { store, now, gateway, reported } = harness;
        const { token, batch } = await claimedPayments(harness, 0, 10);
        const fault = gateway.faults.add({ match: { ...CHANGE_ORDER, nth: 4 }, effect });
        const results = await store.inbox.settle(token, now(), batch);
        expect(fault.hits()).toBe(1);
        expect([...results].sort()).toEqual(['failed', ...Array.from({ length: 9 }, () => 'settled')]);
        expect(reported).toHaveLength(1);
        const number = tradeNo(results.indexOf('failed'));
        expect(await store.orders.find([number])).toMatchObject([{ payment: { state } }]);

        expect(await store.inbox.settle(token, now(), batch)).toEqual(batch.map(() => 'settled'));
        const orders = await store.orders.find(batch.map((_, n) => tradeNo(n)));
        expect(orders.map(({ version }) => version)).toEqual(batch.map(() => 2));
        expect(orders.every(({ history }) => history.length === 2)).toBe(true);
        const stored = gateway.database.documents('wxpay_orders');
        expect(stored.every(({ settledUnder }) => Array.isArray(settledUnder))).toBe(true);
        expect(JSON.stringify(stored.map(({ history }) => history))).not.toContain(token);
      })();
    },
  );

  it.each([
    ['cut before it took effect', { kind: 'cutBefore' }, 0, 'failed'],
    ['cut after it took effect', { kind: 'cutAfter' }, 1, 'failed'],
    ['answered with half a text', { kind: 'malformed', applied: true }, 1, 'settled'],
  ] as const satisfies readonly (readonly [string, FaultEffect, number, string])[])(
    'is made good under the same token when it makes a refund and is %s',
    async (_name, effect, made, answer) => {
      await onCloudBase(async ({ store, now, gateway }) => {
        await store.inbox.record(refundMessage(1));
        const request = claimAt(now());
        await store.inbox.claim(request);
        const back = refund(1, { origin: 'back_office', history: [] });
        const batch = [settlement(refundMessage(1), undefined, { refund: { kind: 'create', refund: back } })];
        gateway.faults.add({ match: { collection: 'wxpay_refunds' }, effect });
        expect(await store.inbox.settle(request.token, now(), batch)).toEqual([answer]);
        expect(await store.refunds.find([refundNo(1)])).toHaveLength(made);
        expect(await store.inbox.settle(request.token, now(), batch)).toEqual(['settled']);
        expect(await store.refunds.find([refundNo(1)])).toEqual([back]);
      })();
    },
  );

  it(
    'leaves the message to be decided again when the refund refuses after the order was changed',
    onCloudBase(async ({ store, now }) => {
      await store.orders.create(order(1));
      await store.refunds.create(refund(1));
      await store.inbox.record(refundMessage(1));
      const request = claimAt(now());
      await store.inbox.claim(request);
      const change = paidBy(order(1), refundMessage(1), now());
      const taken = { kind: 'create', refund: refund(1, { requestedBy: 'somebody else' }) } as const;
      const batch = [settlement(refundMessage(1), undefined, { change, refund: taken })];
      expect(await store.inbox.settle(request.token, now(), batch)).toEqual(['stale']);
      expect(await store.refunds.find([refundNo(1)])).toEqual([refund(1)]);
      expect(await store.orders.find([tradeNo(1)])).toMatchObject([{ version: 2 }]);
      // Decided again: the order is as it should be, and the refund that is there is changed.
      const decided = { refund: refundedBy(refund(1), refundMessage(1), now()) };
      const again = [settlement(refundMessage(1), undefined, decided)];
      expect(await store.inbox.settle(request.token, now(), again)).toEqual(['settled']);
      expect(await store.refunds.find([refundNo(1)])).toMatchObject([{ progress: { state: 'succeeded' } }]);
    }),
  );

  it(
    'tells a message that another call under the same token has not finished from one it has',
    onCloudBase(async (harness) => {
      const { store, now, gateway } = harness;
      const { token, batch } = await claimedPayments(harness, 0, 3);
      gateway.faults.add({ match: CHANGE_MESSAGE, effect: { kind: 'cutAfter' } });
      expect(await store.inbox.settle(token, now(), batch)).toEqual(['failed', 'failed', 'failed']);
      gateway.faults.add({ match: CHANGE_MESSAGE, effect: { kind: 'cutBefore' } });
      expect(await store.inbox.settle(token, now(), batch)).toEqual(['settled', 'settled', 'settled']);
    }),
  );

  it(
    'is not taken for a success when CloudBase says that nothing was updated and nothing was',
    onCloudBase(async (harness) => {
      const { store, now, gateway } = harness;
      const { token, batch } = await claimedPayments(harness, 0, 2);
      const effect = { kind: 'http', status: 200, body: '{"requestId":"r","data":{}}' } as const;
      gateway.faults.add({ match: CHANGE_MESSAGE, effect });
      expect(await store.inbox.settle(token, now(), batch)).toEqual(['failed', 'failed']);
      expect(await store.inbox.settle(token, now(), batch)).toEqual(['settled', 'settled']);
    }),
  );

  it(
    'lets all others of a replay go through before it rejects',
    onCloudBase(async ({ store, now, gateway }) => {
      await recordRange(store, 0, 60);
      const request = claimAt(now());
      const claimed = await store.inbox.claim(request);
      const finish = { kind: 'dead', reason: 'operator', error: null } as const;
      await store.inbox.settle(
        request.token,
        now(),
        claimed.map((one) => settlement(one, finish)),
      );
      gateway.faults.add({ match: { ...CHANGE_MESSAGE, nth: 5 }, effect: { kind: 'cutBefore' } });
      const keys = claimed.map(({ key }) => key);
      await expect(store.inbox.replay(keys, 'ops:lin', now())).rejects.toMatchObject({ code: 'unavailable' });
      expect(gateway.countRequests(CHANGE_MESSAGE)).toBe(1 + 1 + 60);
      expect(await store.inbox.backlog(now())).toMatchObject({ pending: 59 });
      expect((await store.inbox.list({ state: 'dead', after: null, limit: 10 })).items).toHaveLength(1);
    }),
  );
});

describe('a result of more than 1 MB', () => {
  const TOO_LARGE = { kind: 'error', code: 'FAIL', message: '[-602001] query result exceeds 1 MB' } as const;
  const READ_ORDERS = { action: 'database.getDocument', collection: 'wxpay_orders' } as const;
  const tooLarge = async (times: number, run: (store: Store) => Promise<void>): Promise<void> => {
    await onCloudBase(async ({ store, gateway }) => {
      for (let n = 1; n <= 8; n += 1) await store.orders.create(order(n));
      gateway.faults.add({ match: READ_ORDERS, times, effect: TOO_LARGE });
      await run(store);
    })();
  };

  it('makes a page shorter, and the next one goes on behind it', () =>
    tooLarge(2, async (store) => {
      const first = await store.orders.list({ after: null, limit: 8 });
      expect(first.items).toHaveLength(2);
      const rest = await store.orders.list({ after: first.next, limit: 8 });
      const all = [...first.items, ...rest.items].map(({ outTradeNo }) => outTradeNo);
      expect(new Set(all).size).toBe(8);
      expect(rest.next).toBeNull();
    }));

  it('is read in parts when orders are named', () =>
    tooLarge(2, async (store) => {
      const numbers = Array.from({ length: 8 }, (_, n) => tradeNo(n + 1));
      expect(await store.orders.find(numbers)).toHaveLength(8);
    }));

  it('is an error of its own when a single document does not fit', () =>
    tooLarge(Infinity, async (store) => {
      await expect(store.orders.find([tradeNo(1)])).rejects.toMatchObject({ code: 'too_large' });
      await expect(store.orders.list({ after: null, limit: 8 })).rejects.toMatchObject({ code: 'too_large' });
    }));
});
