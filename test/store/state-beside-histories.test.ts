import { join } from 'node:path';
import type { HistoryLine, InboxMessage } from '../../lib/model/message';
import type { Order, WholeOrder } from '../../lib/model/order';
import type { Refund } from '../../lib/model/refund';
import type { StatementRun } from '../../lib/model/statement/statement-run';
import { readMessage } from '../../lib/store/cloudbase/inbox/message-document';
import { orderDocument, readOrder } from '../../lib/store/cloudbase/orders/order-document';
import { readRefund, refundDocument } from '../../lib/store/cloudbase/refunds/refund-document';
import { readRun, runDocument } from '../../lib/store/cloudbase/runs/run-document';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import { later } from '../../lib/values/instant';
import { message, order, paidAt, refund, refundedBy, START, statementRun } from './builders';
import { backTo } from './earlier-file';
import { tamper, temporaryDirectory } from './sqlite/harness';

/*
 * Up to 0.1 decisions read lines of histories. What those lines said is a field now, and documents
 * that were written before still mean what they meant.
 */

const at = (n: number) => later(START, n);
const told = message(7);
const key = told.key;

/** Documents as 0.1 wrote them: the lines, and none of the fields. */
const EARLIER: {
  readonly order: WholeOrder;
  readonly heldBeside: WholeOrder;
  readonly overturned: Refund;
  readonly takenOver: Refund;
  readonly declined: Refund;
  readonly askedAgain: Refund;
  readonly run: StatementRun;
} = {
  order: order(1, {
    payment: { ...paidAt(1, START), evidence: key },
    history: [line('closed', message(6).key), line('paid_after_close', key)],
  }),
  heldBeside: order(2, {
    payment: { ...paidAt(2, START), evidence: message(8).key },
    history: [line('paid_after_close', message(9).key), line('paid', message(8).key)],
  }),
  overturned: refund(1, {
    progress: refundedBy(refund(1), told, START).progress,
    history: [line('refund_closed', message(6).key), line('refund_succeeded_after_close', key)],
  }),
  takenOver: refund(2, {
    origin: 'back_office',
    progress: refundedBy(refund(2), told, START).progress,
    history: [{ ...line('refunded_in_merchant_platform', key), path: 'statement' }],
  }),
  declined: refund(3, {
    history: [
      line('refund_declined', 'too_old: first'),
      line('refund_asked_again', 'too_old'),
      line('refund_declined', 'bad_request: 参数: "x"\n错误', at(5)),
    ],
  }),
  askedAgain: refund(4, {
    history: [line('refund_declined', 'too_old: first'), line('refund_asked_again', 'too_old')],
  }),
  run: statementRun(1, {
    round: 3,
    history: [
      line('file_refused', 'round 2: gzip_corrupt at line 1, sha256 a'),
      line('begun_again', 'ops:li', at(3)),
      line('file_refused', 'round 3: gzip_corrupt at line 1, sha256 b'),
      line('file_refused', 'round 3: empty at line 1, sha256 c'),
    ],
  }),
};

function line(event: string, evidence: string, when = START): HistoryLine {
  return { at: when, event, path: 'callback', evidence };
}

interface Read {
  readonly order: Order;
  readonly heldBeside: Order;
  readonly refunds: readonly Refund[];
  readonly run: StatementRun;
  readonly message: InboxMessage;
}

function expectState(read: Read): void {
  expect(read.order.payment).toEqual({ ...EARLIER.order.payment, afterClose: true });
  expect(read.heldBeside.payment).toEqual(EARLIER.heldBeside.payment);
  const [overturned, takenOver, declined, askedAgain] = read.refunds;
  expect(overturned).toEqual({
    ...EARLIER.overturned,
    progress: { ...EARLIER.overturned.progress, afterClose: true },
  });
  expect(takenOver).toEqual({ ...EARLIER.takenOver, takenOver: { by: 'statement', evidence: key } });
  expect(declined).toEqual({
    ...EARLIER.declined,
    refusal: { at: at(5), code: 'bad_request', detail: '参数: "x"\n错误' },
  });
  expect(askedAgain).toEqual(EARLIER.askedAgain);
  expect(read.run).toEqual({ ...EARLIER.run, begunAgainAt: at(3), refusedDownloads: 2 });
  expect(read.message).toMatchObject({ replayedBy: 'ops:lin', replays: 2 });
}

it('is what an earlier SQLite database says', async () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'store.db');
  const before = openSqliteStore({ file });
  await before.orders.create(EARLIER.order);
  await before.orders.create(EARLIER.heldBeside);
  const { overturned, takenOver, declined, askedAgain } = EARLIER;
  const refunds = [overturned, takenOver, declined, askedAgain];
  for (const one of refunds) await before.refunds.create(one);
  await before.statementRuns.open(EARLIER.run);
  await before.inbox.record(told);
  for (const who of ['reconcileStatement', 'ops:lin']) {
    await before.inbox.dismiss([key], 'ops:lin', 'looks wrong', START);
    await before.inbox.replay([key], who, START);
  }
  before.close();
  tamper(file, backTo(17));
  const after = openSqliteStore({ file });
  const found = await after.refunds.find(refunds.map(({ outRefundNo }) => outRefundNo));
  expectState({
    order: present((await after.orders.find([EARLIER.order.outTradeNo]))[0]),
    heldBeside: present((await after.orders.find([EARLIER.heldBeside.outTradeNo]))[0]),
    refunds: refunds.map((one) => present(found.find((each) => each.outRefundNo === one.outRefundNo))),
    run: present(await after.statementRuns.find(EARLIER.run.id)),
    message: present(await after.inbox.find(key)),
  });
  after.close();
  directory.remove();
});

it('is what an earlier CloudBase document says', () => {
  const { begunAgainAt, refusedDownloads, ...run } = runDocument(EARLIER.run);
  expect([begunAgainAt, refusedDownloads]).toEqual([null, 0]);
  const { overturned, takenOver, declined, askedAgain } = EARLIER;
  expectState({
    order: readOrder(orderDocument(EARLIER.order)),
    heldBeside: readOrder(orderDocument(EARLIER.heldBeside)),
    refunds: [overturned, takenOver, declined, askedAgain].map((one) => readRefund(refundDocument(one))),
    run: readRun(run),
    message: readMessage({
      _id: key,
      content: told.content,
      outTradeNo: told.outTradeNo,
      trust: told.trust,
      attempts: 0,
      receivedAt: START,
      confirmedBy: ['callback'],
      replays: 2,
      deliveries: 1,
      raw: told.raw,
      lastDeliveredAt: START,
      history: [line('replayed', 'reconcileStatement'), line('dead', 'x'), line('replayed', 'ops:lin')],
      state: 'pending',
      dueAt: START,
      leaseToken: null,
      leaseUntil: 0,
      lastError: null,
    }),
  });
});

function present<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Error('a document of the test is missing');
  return value;
}
