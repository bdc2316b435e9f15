import fc from 'fast-check';
import type { NewMessage } from '../../lib/model/message';
import { processInbox } from '../../lib/inbox/process';
import type { ReceiveDeps } from '../../lib/inbox/receive';
import { CALLBACK_ERRCODE, receiveNotification } from '../../lib/inbox/receive';
import { StoreError } from '../../lib/store/errors';
import { notificationFor } from './notifications';
import { order, START, tradeNo } from '../store/builders';
import { onStage, PLENTY, rememberedLog } from './stage';
import { cases } from '../share';

const GENUINE = 'wx_paycallback';

/** A callback whose store keeps what it is given, or does what the case says. */
function receiver(record?: ReceiveDeps['record']) {
  const stored: NewMessage[] = [];
  const late: (() => void)[] = [];
  const waits: number[] = [];
  const log = rememberedLog();
  const deps: ReceiveDeps = {
    record:
      record ??
      (async (message) => {
        stored.push(message);
        return 'stored';
      }),
    clock: { now: () => START },
    timers: {
      after: (ms, then) => {
        waits.push(ms);
        late.push(then);
        return () => undefined;
      },
    },
    log,
    ackBudgetMs: 2_500,
  };
  return {
    stored,
    log,
    waits,
    timeOut: () => {
      for (const then of late) then();
    },
    receive: (event: unknown, source = GENUINE, waitedMs?: number) =>
      receiveNotification(deps, event, source, waitedMs),
  };
}

test('a genuine notification is stored verbatim, once, and acknowledged with the Number 0', async () => {
  const { receive, stored } = receiver();
  const event = notificationFor(order(1));
  expect(await receive(event)).toEqual({ errcode: 0, errmsg: 'ok' });
  expect(stored).toHaveLength(1);
  expect(stored[0]).toMatchObject({ trust: 'platform', outTradeNo: tradeNo(1), path: 'callback' });
  expect(JSON.parse(stored[0]?.raw ?? '')).toEqual(event);
});

test('the time a notification may take counts from its coming, and one whose time is over is stored all the same', async () => {
  const never = receiver(() => new Promise(() => undefined));
  const late = never.receive(notificationFor(order(1)), GENUINE, 1_400);
  const tooLate = never.receive(notificationFor(order(2)), GENUINE, 9_000);
  expect(never.waits).toEqual([1_100, 1_000]);
  never.timeOut();
  expect([await late, await tooLate]).toMatchObject([{ errcode: 50301 }, { errcode: 50301 }]);
  const { receive, stored } = receiver();
  await receive(notificationFor(order(1)), GENUINE, 9_000);
  expect(stored).toHaveLength(1);
});

test('snake_case says the same as camelCase', async () => {
  const { receive, stored } = receiver();
  const snake = Object.fromEntries(
    Object.entries(notificationFor(order(1))).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
  await receive(notificationFor(order(1)));
  expect(await receive(snake)).toMatchObject({ errcode: 0 });
  expect(stored[1]?.content).toEqual(stored[0]?.content);
});

test.each([
  ['wx_paycallback', 'platform'],
  ['wx_paycallback,scf', 'unverified'],
  ['scf,wx_paycallback', 'unverified'],
  ['wx_http', 'unverified'],
  ['wx_trigger', 'unverified'],
  ['wx_devtools', 'unverified'],
  ['wx_unknown', 'unverified'],
  ['', 'unverified'],
])('a call marked %p is stored as %s', async (source, trust) => {
  const { receive, stored } = receiver();
  expect(await receive(notificationFor(order(1)), source)).toMatchObject({ errcode: 0 });
  expect(stored[0]?.trust).toBe(trust);
});

test.each(['wx_client', 'wx_client,scf', 'scf,wx_client', 'wx_paycallback,wx_client', 'wx_client, scf'])(
  'a call marked %p is refused and nothing is stored',
  async (source) => {
    const { receive, stored } = receiver();
    expect(await receive(notificationFor(order(1)), source)).toMatchObject({
      errcode: CALLBACK_ERRCODE.REFUSED,
    });
    expect(stored).toEqual([]);
  },
);

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;

test.each<[string, unknown]>([
  ['no object', 5],
  ['null', null],
  ['an array', [notificationFor(order(1))]],
  ['nothing in it', {}],
  ['a failure', { ...notificationFor(order(1)), resultCode: 'FAIL' }],
  ['a communication failure', { ...notificationFor(order(1)), returnCode: 'FAIL' }],
  ['a text amount', { ...notificationFor(order(1)), totalFee: '101' }],
  ['a negative amount', { ...notificationFor(order(1)), totalFee: -101 }],
  ['no amount of whole fen', { ...notificationFor(order(1)), totalFee: 1.01 }],
  ['an amount of zero', { ...notificationFor(order(1)), totalFee: 0 }],
  ['no order number', { ...notificationFor(order(1)), outTradeNo: undefined }],
  ['an order number of another type', { ...notificationFor(order(1)), outTradeNo: { $ne: null } }],
  ['a day that does not exist', { ...notificationFor(order(1)), timeEnd: '20260231120000' }],
  ['deep nesting', nested(2_000)],
])('%s is kept, acknowledged, and goes dead with a reason without touching the order', (_, event) =>
  onStage(async (stage) => {
    await stage.store.orders.create(order(1));
    const { receive } = receiver((message) => stage.store.inbox.record(message));
    expect(await receive(event)).toMatchObject({ errcode: 0 });
    expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ claimed: 1, dead: 1, applied: 0 });
    expect(await stage.store.orders.find([tradeNo(1)])).toEqual([order(1)]);
    const { items } = await stage.store.inbox.list({ state: 'dead', after: null, limit: 10 });
    expect(items).toHaveLength(1);
  }),
);

test.each<[string, unknown, number]>([
  ['undefined', undefined, CALLBACK_ERRCODE.UNREADABLE],
  ['cyclic', cyclic, CALLBACK_ERRCODE.UNREADABLE],
  ['huge', { junk: 'x'.repeat(64 * 1024) }, CALLBACK_ERRCODE.TOO_LARGE],
])('%s is refused', async (_, event, errcode) => {
  const { receive, stored } = receiver();
  expect(await receive(event)).toMatchObject({ errcode });
  expect(stored).toEqual([]);
});

test('the same wreck twice is one message', () =>
  onStage(async (stage) => {
    const { receive } = receiver((message) => stage.store.inbox.record(message));
    await receive({ junk: true });
    await receive({ junk: true });
    expect(await stage.store.inbox.backlog(START)).toMatchObject({ pending: 1 });
  }));

describe('when the store', () => {
  test('is down, the answer is not 0', async () => {
    const { receive, log } = receiver(() => Promise.reject(new StoreError('unavailable', 'no answer')));
    expect(await receive(notificationFor(order(1)))).toMatchObject({ errcode: CALLBACK_ERRCODE.NOT_STORED });
    expect(log.lines.map(({ event }) => event)).toEqual(['notification_not_stored']);
  });

  test('is slower than the ack budget, the answer is not 0, and the write that took effect after all is a repeat later', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      let goOn: () => void = () => undefined;
      const slow = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      const written: Promise<unknown>[] = [];
      const { receive, timeOut } = receiver((message) => {
        const write = slow.then(() => stage.store.inbox.record(message));
        written.push(write);
        return write;
      });
      const reply = receive(notificationFor(order(1)));
      timeOut();
      expect(await reply).toMatchObject({ errcode: CALLBACK_ERRCODE.NOT_STORED });
      goOn();
      expect(await Promise.all(written)).toEqual(['stored']);

      expect(
        await receiver((message) => stage.store.inbox.record(message)).receive(notificationFor(order(1))),
      ).toMatchObject({
        errcode: 0,
      });
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ claimed: 1, applied: 1 });
    }));

  test('has not answered yet, nothing is acknowledged', async () => {
    let confirm: (result: 'stored') => void = () => undefined;
    const { receive } = receiver(
      () =>
        new Promise((resolve) => {
          confirm = resolve;
        }),
    );
    let answered = false;
    const reply = receive(notificationFor(order(1))).then((value) => {
      answered = true;
      return value;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    confirm('stored');
    expect(await reply).toMatchObject({ errcode: 0 });
  });
});

test('whatever is sent, by whomever, it is answered and never thrown', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.anything({ maxDepth: 4, withBigInt: true, withDate: true }),
      fc.string(),
      async (event, source) => {
        const { receive } = receiver();
        const reply = await receive(event, source);
        expect(Number.isInteger('errcode' in reply ? reply.errcode : NaN)).toBe(true);
      },
    ),
    { numRuns: cases({ everyTime: 100, all: 1_500 }) },
  );
});

test('no payer is logged', async () => {
  const { receive, log } = receiver();
  await receive(notificationFor(order(1)));
  await receive(notificationFor(order(1)), 'wx_client');
  expect(JSON.stringify(log.lines)).not.toContain(order(1).payer);
});
