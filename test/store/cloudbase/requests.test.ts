import { sealRecord } from '../../../lib/ops/people/seal-record';
import { rememberedLog } from '../../inbox/stage';
import { statementRunId } from '../../../lib/model/statement/statement-run-id';
import { fen } from '../../../lib/values/fen';
import { later } from '../../../lib/values/instant';
import {
  claimAt,
  discrepancy,
  message,
  day,
  order,
  paidAt,
  paidBy,
  refund,
  refundedBy,
  refundMessage,
  refundNo,
  recordRange,
  doneRun,
  statementRun,
  settlement,
  tradeNo,
  MERCHANT,
  NEXT_DAY,
  transactionId,
  START,
} from '../builders';
import { alarm, auditEntry, figuresAt } from '../operations-builders';
import { onCloudBase, requestsOf } from './harness';

describe('requests to CloudBase', () => {
  it(
    'are 1 for a new notification and 2 for a repeat, however full the inbox is',
    onCloudBase(async (harness) => {
      const { store } = harness;
      await recordRange(store, 0, 500);
      expect(await requestsOf(harness, () => store.inbox.record(message(500)))).toBe(1);
      expect(await requestsOf(harness, () => store.inbox.record(message(500)))).toBe(2);
      expect(await requestsOf(harness, () => store.inbox.record(message(7)))).toBe(2);
    }),
  );

  it(
    'are 1 for a claim when nothing is due, and 2 when nobody else claims',
    onCloudBase(async (harness) => {
      const { store, now } = harness;
      expect(await requestsOf(harness, () => store.inbox.claim(claimAt(now())))).toBe(1);
      expect(await requestsOf(harness, () => store.orders.claimFulfilments(claimAt(now())))).toBe(1);
      await recordRange(store, 0, 150);
      expect(await requestsOf(harness, () => store.inbox.claim(claimAt(now())))).toBe(2);
    }),
  );

  it(
    'are 3 for a claim that another one came in between, and each message goes to one of them',
    onCloudBase(async (harness) => {
      const { store, now, gateway } = harness;
      const other = harness.secondHandle();
      await recordRange(store, 0, 10);
      const lease = gateway.faults.add({
        match: { action: 'database.modifyDocument' },
        effect: { kind: 'hang' },
      });
      const slow = store.inbox.claim(claimAt(now()));
      await lease.struck;
      const quick = await other.inbox.claim({ ...claimAt(now()), keys: [message(3).key, message(4).key] });
      const before = gateway.countRequests();
      lease.release();
      const rest = await slow;
      // Its first two requests were there before: the read, and the update that was held back.
      expect(gateway.countRequests() - before).toBe(1);
      expect(quick.map(({ key }) => key)).toEqual([message(3).key, message(4).key]);
      expect(rest.map(({ key }) => key)).toEqual([0, 1, 2, 5, 6, 7, 8, 9].map((n) => message(n).key));
    }),
  );

  it(
    'are 6 beside the one write per order to claim and settle 100 messages that take no transaction and end in two ways',
    onCloudBase(async (harness) => {
      const { store, now } = harness;
      await recordRange(store, 0, 100);
      await Promise.all(Array.from({ length: 90 }, (_, n) => store.orders.create(order(n))));
      const drained = await requestsOf(harness, async () => {
        const request = claimAt(now());
        const claimed = await store.inbox.claim(request);
        const orders = await store.orders.find(claimed.flatMap(({ outTradeNo }) => outTradeNo ?? []));
        const results = await store.inbox.settle(
          request.token,
          now(),
          claimed.map((one) => {
            const standing = orders.find(({ outTradeNo }) => outTradeNo === one.outTradeNo);
            return standing === undefined
              ? settlement(one, { kind: 'retry', dueAt: later(now(), 10_000), error: 'no order yet' })
              : settlement(one, undefined, { change: paidBy(standing, one, now()) });
          }),
        );
        expect(results).toEqual(claimed.map(() => 'settled'));
      });
      expect(drained).toBe(6 + 90);
      expect(await store.orders.counts()).toMatchObject({ payment: { paid: 90 }, fulfilment: { due: 90 } });
    }),
  );

  it(
    'are 1 to read the leases, 1 per order, 1 per new discrepancy, 2 per known one, 1 per resolve, 1 per end',
    onCloudBase(async (harness) => {
      const { store, now } = harness;
      await recordRange(store, 0, 4);
      await store.orders.create(order(0));
      const request = claimAt(now());
      await store.inbox.claim(request);
      const dead = { kind: 'dead', reason: 'mismatch', error: null } as const;
      const settleOne = (of: Parameters<typeof settlement>) =>
        requestsOf(harness, () => store.inbox.settle(request.token, now(), [settlement(...of)]));
      const change = paidBy(order(0), message(0), now());
      const resolution = { by: 'auto', who: message(3).key, reason: 'explained', at: now() } as const;
      expect(await settleOne([message(0), undefined, { change }])).toBe(1 + 1 + 1);
      expect(await settleOne([message(1), dead, { discrepancies: [discrepancy(1, now())] }])).toBe(1 + 1 + 1);
      expect(await settleOne([message(2), dead, { discrepancies: [discrepancy(1, now())] }])).toBe(1 + 2 + 1);
      expect(
        await settleOne([
          message(3),
          undefined,
          { resolves: { ids: [discrepancy(1, now()).id], resolution } },
        ]),
      ).toBe(1 + 1 + 1);
      // All of it is settled: saying so again costs the read, and writes nothing.
      expect(await settleOne([message(0), undefined, { change }])).toBe(1);
    }),
  );

  it(
    'are as many as the port says for everything else',
    onCloudBase(async (harness) => {
      const { store, now } = harness;
      const dead = { kind: 'dead', reason: 'operator', error: null } as const;
      const cost = (work: () => Promise<unknown>) => requestsOf(harness, work);
      await recordRange(store, 0, 3);
      expect(await cost(() => store.orders.create(order(0)))).toBe(1);
      expect(await cost(() => store.orders.create(order(0)))).toBe(2);
      const request = claimAt(now());
      await store.inbox.claim(request);
      await store.inbox.settle(request.token, now(), [
        settlement(message(0), undefined, { change: paidBy(order(0), message(0), now()) }),
        settlement(message(1), dead),
        settlement(message(2), dead),
      ]);
      const keys = [message(1).key, message(2).key];
      expect(await cost(() => store.inbox.replay(keys, 'ops:lin', now()))).toBe(2);
      expect(await cost(() => store.inbox.find(message(0).key))).toBe(1);
      expect(await cost(() => store.inbox.ofOrder(tradeNo(0)))).toBe(1);
      expect(await cost(() => store.inbox.list({ state: 'done', after: null, limit: 1_000 }))).toBe(1);
      expect(await cost(() => store.inbox.backlog(now()))).toBe(1);
      expect(await cost(() => store.orders.find([tradeNo(0), tradeNo(1)]))).toBe(1);
      expect(await cost(() => store.orders.list({ after: null, limit: 1_000 }))).toBe(1);
      expect(await cost(() => store.orders.counts())).toBe(5);
      expect(await cost(() => store.inbox.openRefunds([tradeNo(0), tradeNo(1)]))).toBe(1);
      const fulfilment = claimAt(now());
      expect(await cost(() => store.orders.claimFulfilments(fulfilment))).toBe(2);
      const { token } = fulfilment;
      expect(await cost(() => store.orders.beginFulfilment(token, now(), tradeNo(0), 3))).toBe(1);
      const finish = { kind: 'dead', reason: 'no stock' } as const;
      expect(
        await cost(() => store.orders.finishFulfilment(fulfilment.token, now(), tradeNo(0), finish)),
      ).toBe(1);
      expect(await cost(() => store.orders.retryFulfilment(tradeNo(0), 'ops:lin', now()))).toBe(1);
      expect(await cost(() => store.orders.noteRefundSaid([tradeNo(0)], now()))).toBe(1);
      expect(await cost(() => store.orders.liftHold(tradeNo(0), 7, 'explained', now()))).toBe(1);
      expect(await cost(() => store.orders.releaseHold(tradeNo(0), 'ops:lin', 'x', now()))).toBe(1);
      const note = { outTradeNo: tradeNo(0), expectedVersion: 7, lastAskedAt: now() };
      expect(await cost(() => store.orders.note(note))).toBe(1);
      expect(await cost(() => store.discrepancies.listOpen({ now: NEXT_DAY, after: null, limit: 10 }))).toBe(
        1,
      );
      expect(await cost(() => store.discrepancies.ofOrder(tradeNo(0)))).toBe(1);
      expect(await cost(() => store.discrepancies.countOpen(NEXT_DAY))).toBe(1);
      expect(await cost(() => store.discrepancies.countResolvedBy('ops:lin'))).toBe(1);
      const resolution = { by: 'operator', who: 'ops:lin', reason: 'x', at: now() } as const;
      expect(await cost(() => store.discrepancies.resolve([discrepancy(1, now()).id], resolution))).toBe(1);
    }),
  );

  it(
    'are 1 more for a refund that is changed or made, and 2 more again when that is refused',
    onCloudBase(async (harness) => {
      const { store, now } = harness;
      await store.orders.create(order(0));
      await store.refunds.create(refund(0));
      for (const n of [0, 1]) await store.inbox.record(refundMessage(n));
      const request = claimAt(now());
      await store.inbox.claim(request);
      const settled = async (of: ReturnType<typeof settlement>) => {
        const results: unknown[] = [];
        const cost = await requestsOf(harness, async () => {
          results.push(...(await store.inbox.settle(request.token, now(), [of])));
        });
        return [cost, ...results];
      };
      const change = paidBy(order(0), refundMessage(0), now());
      const changed = refundedBy(refund(0), refundMessage(0), now());
      const stale = { ...changed, expectedVersion: 7 };
      expect(await settled(settlement(refundMessage(0), undefined, { refund: stale }))).toEqual([
        1 + 1 + 2,
        'stale',
      ]);
      expect(await settled(settlement(refundMessage(0), undefined, { change, refund: changed }))).toEqual([
        1 + 1 + 1 + 1,
        'settled',
      ]);
      const taken = { kind: 'create', refund: refund(0) } as const;
      expect(await settled(settlement(refundMessage(1), undefined, { refund: taken }))).toEqual([
        1 + 2 + 2,
        'stale',
      ]);
      const made = { kind: 'create', refund: refund(1) } as const;
      expect(await settled(settlement(refundMessage(1), undefined, { refund: made }))).toEqual([
        1 + 1 + 1,
        'settled',
      ]);
    }),
  );

  it(
    'are 1 to see who is to be asked about, and 1 for each number of times that was done before',
    onCloudBase(async (harness) => {
      const { store, now } = harness;
      const ask = { now: now(), limit: 100, again: [later(now(), 1_000), later(now(), 2_000)] } as const;
      expect(await requestsOf(harness, () => store.orders.claimAsks(ask))).toBe(1);
      expect(await requestsOf(harness, () => store.refunds.claimAsks(ask))).toBe(1);
      const asked = [0, 0, 0, 1, 1, 5];
      for (const [n, asks] of asked.entries()) {
        await store.orders.create(order(n, { nextAskAt: now(), asks }));
        await store.refunds.create(refund(n, { nextAskAt: now(), asks }));
      }
      expect(await requestsOf(harness, () => store.orders.claimAsks(ask))).toBe(1 + 3);
      expect(await requestsOf(harness, () => store.refunds.claimAsks(ask))).toBe(1 + 3);
      const both = [tradeNo(1), tradeNo(2)];
      const answer = { at: now(), said: 'not_paid' };
      for (const said of [answer, null]) {
        expect(await requestsOf(harness, () => store.orders.askAgainAt(both, now(), said))).toBe(1);
        expect(await requestsOf(harness, () => store.orders.askAgainAt([], now(), said))).toBe(0);
      }
    }),
  );

  it(
    'are at most 3 for 1,000 rows of a statement that agree',
    onCloudBase(async (harness) => {
      const { store, now } = harness;
      const numbers = Array.from({ length: 1_000 }, (_, n) => tradeNo(n));
      for (let from = 0; from < 1_000; from += 100) {
        await Promise.all(
          numbers
            .slice(from, from + 100)
            .map((_, n) => store.orders.create(order(from + n, { payment: paidAt(from + n, now()) }))),
        );
      }
      await store.statementRuns.open(statementRun(0));
      const request = claimAt(now());
      const run = await store.statementRuns.claim(request);
      if (run === null) throw new Error('no run is due');
      const mark = { day: day(), round: 1, chunk: 2 };
      const cost = await requestsOf(harness, async () => {
        const payments = numbers.map((outTradeNo, n) => ({
          ...{ outTradeNo, transactionId: transactionId(n), total: fen(100 + n) },
        }));
        const { agreed } = await store.orders.agree({
          ...{ subMchId: MERCHANT, currency: 'CNY', payments, mark },
          paidIn: { from: START, to: later(now(), 1) },
        });
        expect(agreed.size).toBe(1_000);
        expect(await store.statementRuns.save(request.token, now(), run)).toBe(true);
      });
      expect(cost).toBeLessThanOrEqual(3);
      const marked = await store.orders.ledger(numbers);
      expect(marked.every(({ statement }) => statement?.chunk === 2)).toBe(true);
    }),
  );

  it(
    'are as many as the port says for refunds, statements and discrepancies',
    onCloudBase(async (harness) => {
      const { store, now } = harness;
      const cost = (work: () => Promise<unknown>) => requestsOf(harness, work);
      const page = { after: null, limit: 1_000 };
      const mark = { day: day(), round: 1, chunk: 2 };
      const absence = { subMchId: MERCHANT, day: day(), round: 1, ...page };

      expect(await cost(() => store.inbox.paymentsHeard(now(), NEXT_DAY))).toBe(1);
      expect(await cost(() => store.orders.ledger([tradeNo(0)]))).toBe(1);
      expect(await cost(() => store.orders.ledger([]))).toBe(0);
      expect(await cost(() => store.orders.markStatement([tradeNo(0)], mark))).toBe(1);
      expect(await cost(() => store.orders.markStatement([], mark))).toBe(0);
      expect(await cost(() => store.orders.absent(absence))).toBe(1);
      expect(await cost(() => store.orders.firstCreatedAt())).toBe(1);

      expect(await cost(() => store.refunds.create(refund(0)))).toBe(1);
      expect(await cost(() => store.refunds.create(refund(0)))).toBe(2);
      expect(await cost(() => store.refunds.find([refundNo(0), refundNo(1)]))).toBe(1);
      expect(await cost(() => store.refunds.ofOrder(tradeNo(0)))).toBe(1);
      const note = { outRefundNo: refundNo(0), expectedVersion: 1, lastError: 'x' };
      expect(await cost(() => store.refunds.note(note))).toBe(1);
      expect(await cost(() => store.refunds.markStatement([refundNo(0)], mark))).toBe(1);
      expect(await cost(() => store.refunds.markStatement([], mark))).toBe(0);
      expect(await cost(() => store.refunds.absent(absence))).toBe(1);
      for (const state of [null, 'requested'] as const)
        expect(await cost(() => store.refunds.list({ state, ...page }))).toBe(1);
      expect(await cost(() => store.refunds.counts())).toBe(3);
      expect(await cost(() => store.refunds.countOverdue(START))).toBe(1);
      const found = [discrepancy(1, now()), discrepancy(2, now())];
      expect(await cost(() => store.discrepancies.see(found))).toBe(2);
      expect(await cost(() => store.discrepancies.see(found))).toBe(4);
      expect(await cost(() => store.discrepancies.listUnresolved(page))).toBe(1);
      expect(await cost(() => store.discrepancies.listCarriedOver({ ...page, now: now() }))).toBe(1);
      expect(await cost(() => store.discrepancies.countOpenByClass(NEXT_DAY))).toBe(1);

      expect(await cost(() => store.statementRuns.claim(claimAt(now())))).toBe(1);
      expect(await cost(() => store.statementRuns.open(statementRun(0)))).toBe(1);
      expect(await cost(() => store.statementRuns.open(statementRun(0)))).toBe(2);
      const claim = claimAt(now());
      expect(await cost(() => store.statementRuns.claim(claim))).toBe(2);
      expect(await cost(() => store.statementRuns.save(claim.token, now(), doneRun(now())))).toBe(1);
      expect(await cost(() => store.statementRuns.again(statementRun(0).id, 'ops:lin', now()))).toBe(2);
      expect(await cost(() => store.statementRuns.find(statementRun(0).id))).toBe(1);
      expect(await cost(() => store.statementRuns.daysOf(MERCHANT, day(-90)))).toBe(1);
      expect(await cost(() => store.statementRuns.list(page))).toBe(1);
    }),
  );

  it(
    'are 3 for the claim of a run that another one was quicker with, and each gets one of two',
    onCloudBase(async (harness) => {
      const { store, now, gateway } = harness;
      const other = harness.secondHandle();
      for (const n of [0, 1]) await store.statementRuns.open(statementRun(n));
      const lease = gateway.faults.add({
        match: { action: 'database.modifyDocument' },
        effect: { kind: 'hang' },
      });
      const slow = store.statementRuns.claim(claimAt(now()));
      await lease.struck;
      const quick = await other.statementRuns.claim(claimAt(now()));
      const before = gateway.countRequests();
      lease.release();
      expect(await slow).toMatchObject({ id: statementRun(1).id, attempts: 1 });
      expect(gateway.countRequests() - before).toBe(1);
      expect(quick).toMatchObject({ id: statementRun(0).id, attempts: 1 });
    }),
  );

  it(
    'are few for what operators see and do',
    onCloudBase(async (harness) => {
      const { store, now } = harness;
      const cost = (work: () => Promise<unknown>) => requestsOf(harness, work);
      await store.inbox.record(message(0));
      expect(await cost(() => store.inbox.dismiss([message(0).key], 'lin', 'a test', now()))).toBe(1);
      expect(await cost(() => store.inbox.knownBetween(START, NEXT_DAY))).toBe(1);
      expect(await cost(() => store.orders.list({ payment: 'paid', after: null, limit: 10 }))).toBe(1);
      expect(await cost(() => store.inbox.countDead(START))).toBe(1);
      const late = {
        pendingCreatedFrom: START,
        pendingCreatedBefore: START,
        askDueBefore: START,
        unfulfilledCreatedBefore: START,
      };
      expect(await cost(() => store.orders.countLate(late))).toBe(1);
      expect(await cost(() => store.orders.ofTransaction(transactionId(1)))).toBe(2);
      const { discrepancies, audit, figures, alarms } = store;
      const page = { after: null, limit: 10 };
      expect(await cost(() => discrepancies.listResolved({ ...page, class: 'amount_mismatch' }))).toBe(1);
      const run = statementRunId(MERCHANT, day());
      expect(await cost(() => discrepancies.listOfRun({ ...page, run }))).toBe(1);
      expect(await cost(() => discrepancies.find(discrepancy(1, now()).id))).toBe(1);
      expect(await cost(() => audit.append(auditEntry(1)))).toBe(1);
      expect(await cost(() => audit.list({ ...page, subject: null }))).toBe(1);
      const seal = () => cost(() => sealRecord({ store, clock: { now }, log: rememberedLog() }));
      expect([await seal(), await seal()]).toEqual([3, 2]);
      for (const most of [1, 2]) expect(await cost(() => figures.put(figuresAt(START)))).toBe(most);
      expect(await cost(() => figures.range(START, NEXT_DAY))).toBe(1);
      expect(await cost(() => figures.forgetBefore(NEXT_DAY))).toBe(1);
      for (const version of [1, 2])
        expect(await cost(() => alarms.save(alarm('backlog', { version })))).toBe(1);
      expect([await cost(() => alarms.all()), await cost(() => alarms.standing('k', START))]).toEqual([1, 1]);
      const signal = { cause: 'missing_api_token', lastSeenAt: START, detail: 'x' } as const;
      for (const most of [2, 1]) expect(await cost(() => alarms.raise(signal))).toBe(most);
      expect(await cost(() => alarms.signals())).toBe(1);
      expect(await cost(() => alarms.lower('missing_api_token', 'x'))).toBe(1);
      const span = { now: START, spanMs: 200, withinMs: 300 };
      for (let n = 0; n < 2; n += 1) expect(await cost(() => store.paces.take('refunds', span))).toBe(2);
      expect(await cost(() => store.refundCounts.find())).toBe(1);
      for (const version of [1, 2])
        expect(await cost(() => store.refundCounts.save({ version, refunds: [] }))).toBe(1);
      const shared = { key: 'k', value: 1, expiresAt: NEXT_DAY, now: START };
      expect(await cost(() => store.shared.write({ ...shared, version: null }))).toBe(2);
      expect(await cost(() => store.shared.write({ ...shared, version: 1 }))).toBe(1);
      expect(await cost(() => store.shared.read('k', START))).toBe(1);
    }),
  );
});
