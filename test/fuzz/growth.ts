import { gzipSync } from 'node:zlib';
import { receiveNotification } from '../../lib/inbox/receive';
import { readConfig } from '../../lib/config/config';
import { systemTimers } from '../../lib/runtime/timers';
import { verifyStatement } from '../../lib/bill/read';
import { csvLine } from '../../lib/values/csv';
import { readableText } from '../../lib/wechat/readable-text';
import { notificationFor } from '../inbox/notifications';
import { rememberedLog } from '../inbox/stage';
import { order, START } from '../store/builders';
import { bytesOf, trade, writeBill } from '../statement/bill';
import { ask } from '../wechat/asking';

/** Something whose time must grow as its input does, and not as its square. */
interface Growing {
  readonly name: string;
  /** Makes the input of this size; not measured. */
  readonly make: (size: number) => () => unknown;
  readonly size: number;
}

const bytes = (text: string) => ({ kind: 'body', bytes: Buffer.from(text) }) as const;
const receive = (event: unknown) => () =>
  receiveNotification(
    {
      record: async () => 'stored',
      clock: { now: () => START },
      timers: systemTimers,
      log: rememberedLog(),
      ackBudgetMs: 2_500,
    },
    event,
    'wx_paycallback',
  );

const GROWING: readonly Growing[] = [
  {
    name: 'a notification of many fields',
    size: 40_000,
    make: (size) =>
      receive({
        ...notificationFor(order(1)),
        ...Object.fromEntries(Array.from({ length: size }, (_, n) => [`field${n}`, n])),
      }),
  },
  {
    name: 'a notification of one long text',
    size: 4_000_000,
    make: (size) => receive({ ...notificationFor(order(1)), attach: 'o'.repeat(size) }),
  },
  {
    name: 'a pay answer of one long text',
    size: 2_000_000,
    make: (size) => () => ask('queryOrder', bytes(`<?xml ${'>'.repeat(size)}`)),
  },
  {
    name: 'a pay answer of spaces',
    size: 2_000_000,
    make: (size) => () => ask('downloadBill', bytes(`<?xml>${' '.repeat(size)}`)),
  },
  {
    name: 'a text with things like payers in it',
    size: 1_000_000,
    make: (size) => () => readableText('o'.repeat(size)),
  },
  {
    name: 'a bill of many rows',
    size: 10_000,
    make: (size) => {
      const whole = bytesOf(writeBill(Array.from({ length: size }, (_, number) => trade({ number }))));
      return () => verifyStatement([whole]);
    },
  },
  {
    name: 'a bill of empty lines',
    size: 1_000_000,
    make: (size) => {
      const whole = Buffer.from('\n'.repeat(size));
      return () => verifyStatement([whole]);
    },
  },
  {
    name: 'a bill of separators',
    size: 30_000,
    make: (size) => {
      const { header, summaryHeader, summary } = writeBill([]);
      const whole = Buffer.from([header, ',`'.repeat(size), summaryHeader, summary].join('\r\n'));
      return () => verifyStatement([whole]);
    },
  },
  {
    name: 'a bill that unpacks to much',
    size: 8_000_000,
    make: (size) => {
      const whole = gzipSync(Buffer.alloc(size, '`9,'));
      return () => verifyStatement([whole]);
    },
  },
  {
    name: 'a bill in pieces of one byte',
    size: 100_000,
    make: (size) => {
      const rows = Array.from({ length: size / 500 }, (_, number) => trade({ number }));
      const whole = bytesOf(writeBill(rows));
      const pieces = Array.from({ length: whole.length }, (_, n) => whole.subarray(n, n + 1));
      return () => verifyStatement(pieces);
    },
  },
  {
    name: 'settings of many merchants',
    size: 2_000,
    make: (size) => () =>
      readConfig({ merchants: Array.from({ length: size }, (_, n) => ({ subMchId: String(n + 1) })) }),
  },
  {
    name: 'a spreadsheet cell of quotes',
    size: 1_000_000,
    make: (size) => () => csvLine(['"'.repeat(size)]),
  },
];

/** CPU time of the quickest of five, in ms: what else the machine does only ever adds to it. */
async function cpuMs(work: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  return Math.min(...times);
}

/** How a thing's CPU time grows when its input doubles, three times over. */
export interface Growth {
  readonly name: string;
  readonly ms: readonly number[];
  /** Time at each size over the time at half of it: about 2 for linear growth, 4 for quadratic. */
  readonly ratios: readonly number[];
  readonly ok: boolean;
}

/** Between 2 and 4. One doubling may cross a limit of the memory's; two that do are a square. */
const MUCH = 3;

/** Below this, in ms, the clock's own grain decides. */
const GRAIN_MS = 1;

/** Measures how everything grows. */
export async function measureGrowth(): Promise<readonly Growth[]> {
  const found: Growth[] = [];
  for (const { name, make, size } of GROWING) {
    const ms: number[] = [];
    for (const share of [8, 4, 2, 1]) ms.push(await cpuMs(make(Math.ceil(size / share))));
    const ratios = ms.slice(1).map((each, n) => each / Math.max(GRAIN_MS, ms[n] ?? 0));
    found.push({ name, ms, ratios, ok: ratios.filter((ratio) => ratio > MUCH).length < 2 });
  }
  return found;
}
