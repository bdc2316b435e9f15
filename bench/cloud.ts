import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { readConfig } from '../lib/config/config';
import { SCHEMA } from '../lib/store/cloudbase/schema';
import type { Store } from '../lib/store/port';
import { isRecord } from '../lib/values/json';
import { bundleFunction } from '../scripts/build/bundle';
import { newBundleFolder } from '../test/build/bundle-folder';
import { startFunction } from '../test/cloudbase/function-runner';
import type { LoopbackCloudBase } from '../test/cloudbase/gateway';
import { startLoopbackCloudBase } from '../test/cloudbase/gateway';
import { MERCHANT, message, order } from '../test/store/builders';
import type { Asked } from './cloud/loopback-store';
import { asked, onLoopback } from './cloud/loopback-store';
import { CALL_PACKS, PRICES, STARTED_MS } from './cloud/price-list';
import { askedByStatementRun } from './cloud/statement-run';
import { processDue } from './drain/process-due';
import type { BenchTable } from './report';
import { goal, spreadOf, whole } from './report';

/** Latency added to each CloudBase request, in ms, where the figure includes it. */
const LATENCY_MS = 10;

const PER_RUN = 100;
/**
 * Documents written to apply one payment: the message's claim, the order, the message's outcome. It
 * reads the message, its lease and the order.
 */
const DOCUMENTS_WRITTEN = 3;
const DOCUMENTS_READ = 3;
const ACKS = 30;

/** Additional rows of a bill: one chunk. */
const CHUNK_ROWS = 1_000;

/** Counts database requests for a notification, a duplicate, and processing a full batch. */
async function requestsMade(): Promise<{ ack: Asked; repeat: Asked; drain: Asked; drainMs: number }> {
  return onLoopback(async (store, cloud) => {
    const during = async (work: () => Promise<unknown>): Promise<Asked> => {
      cloud.resetCount();
      await work();
      return asked(cloud);
    };
    const ack = await during(() => store.inbox.record(message(0)));
    await store.orders.create(order(0));
    for (let n = 1; n < PER_RUN; n += 1) {
      await store.inbox.record(message(n));
      await store.orders.create(order(n));
    }
    const latency = cloud.faults.add({ times: Infinity, effect: { kind: 'delay', ms: LATENCY_MS } });
    const begun = performance.now();
    const drain = await during(() => drainBatch(store));
    const drainMs = performance.now() - begun;
    latency.release();
    const repeat = await during(() => store.inbox.record(message(0)));
    return { ack, repeat, drain, drainMs };
  });
}

async function drainBatch(store: Store): Promise<void> {
  const applied = await processDue(store, { batch: PER_RUN, lanes: 1, log: 'silent', looksFirst: true });
  if (applied !== PER_RUN) throw new Error(`${applied} of ${PER_RUN} messages were applied`);
}

/** Acks of one warm instance in sequence, in ms, and the database requests of each. */
async function warmAcks(
  cloud: LoopbackCloudBase,
  bundle: string,
  prefix: string,
): Promise<{ ms: number[]; asked: Asked }> {
  const instance = await startFunction({ name: prefix, bundle, gatewayUrl: cloud.url });
  const origin = { source: 'wx_paycallback', apiToken: null };
  const ms: number[] = [];
  let last: Asked | null = null;
  try {
    for (let n = 0; n <= ACKS; n += 1) {
      const { key, raw, ...rest } = message(n);
      if (rest.content.kind !== 'payment') throw new TypeError(`${key} ${raw} is no payment`);
      const { outTradeNo, transactionId } = rest.content.payment;
      cloud.resetCount();
      const begun = performance.now();
      const answer = await instance.invoke({ ...EVENT, outTradeNo, transactionId }, origin);
      if (n > 0) ms.push(performance.now() - begun);
      if (!isRecord(answer) || answer['errcode'] !== 0)
        throw new Error(`${prefix} did not ack: ${JSON.stringify(answer)}`);
      last = asked(cloud);
    }
  } finally {
    await instance.stop();
  }
  if (last === null) throw new Error('nothing was acknowledged');
  return { ms, asked: last };
}

async function ackTimes(): Promise<{ ours: number[]; inline: number[]; inlineAsked: Asked }> {
  const dir = newBundleFolder('cloud');
  const cloud = await startLoopbackCloudBase();
  try {
    for (const name of [...Object.keys(SCHEMA), 'orders', 'deliveries'])
      cloud.database.createCollection(name);
    const bundle = join(dir, 'index.js');
    const config = readConfig({ merchants: [{ subMchId: MERCHANT }], log: { level: 'silent' } });
    await bundleFunction({
      entry: 'functions/payCallback/index.ts',
      outfile: bundle,
      config,
      callback: true,
    });
    for (let n = 0; n <= ACKS; n += 1) {
      const document = { _id: `order-${n}`, outTradeNo: message(n).outTradeNo, state: 'created' };
      await cloud.database.insert('orders', [document]);
    }
    cloud.faults.add({ times: Infinity, effect: { kind: 'delay', ms: LATENCY_MS } });
    const ours = await warmAcks(cloud, bundle, 'payCallback');
    const inline = await warmAcks(cloud, join(__dirname, 'cloud', 'inline-callback.cjs'), 'inline');
    return { ours: ours.ms, inline: inline.ms, inlineAsked: inline.asked };
  } finally {
    await cloud.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/**
 * Counts CloudBase requests, how long a notification waits for them, and their cost according to
 * the price lists.
 */
export async function benchCloud(): Promise<readonly BenchTable[]> {
  const made = await requestsMade();
  const day = await askedByStatementRun(CHUNK_ROWS);
  const longer = await askedByStatementRun(2 * CHUNK_ROWS);
  const more = { requests: longer.requests - day.requests, bytes: longer.bytes - day.bytes };
  const times = await ackTimes();
  const [ours, inline] = [spreadOf(times.ours), spreadOf(times.inline)];
  const row = (what: string, { requests, bytes }: Pick<Asked, 'requests' | 'bytes'>) => [
    what,
    whole(requests),
    whole(bytes),
  ];
  const ms = ({ median, least, most }: typeof ours) =>
    `${median.toFixed(1)} (${least.toFixed(1)}–${most.toFixed(1)})`;
  const beside = made.drain.requests - PER_RUN;
  const costs = costPerMillion({ ...made, ackMs: ours.median });
  return [
    {
      title: 'CloudBase: what is asked, through the real SDK',
      columns: ['what', 'requests', 'bytes sent'],
      rows: [
        row('a new notification', made.ack),
        row('a repeat of it', made.repeat),
        row(`${PER_RUN} notifications applied to their orders`, made.drain),
        row('inline, as tutorials do: a notification', times.inlineAsked),
        row(`a statement’s run over ${whole(CHUNK_ROWS)} rows that agree`, day),
        row(`${whole(CHUNK_ROWS)} such rows more`, more),
      ],
      notes: [
        'Requests do not depend on the machine, so tests hold them: `test/build/payment.test.ts`, `test/store/cloudbase/requests.test.ts`, `run-requests.test.ts` beside it, and for statements `test/store/cloudbase/statements.test.ts`.',
        goal('Requests for a new notification', made.ack.requests, 'at most', 1),
        goal(`Requests per ${whole(CHUNK_ROWS)} rows that agree`, more.requests, 'at most', 3),
        goal(`Requests per ${PER_RUN} applied, beside one write per order`, beside, 'at most', 6),
      ],
    },
    {
      title: `CloudBase: ack time with ${LATENCY_MS} ms for each request`,
      columns: ['callback', 'ms (least–most)'],
      rows: [
        ['payCallback, as built', ms(ours)],
        ['everything inline, as tutorials do', ms(inline)],
      ],
      notes: [
        `A warm instance in a process of its own, ${ACKS} notifications one after the other. Ours is ${(ours.median / inline.median).toFixed(2)} × the inline handler, which is not idempotent, applies what a client forges and loses the payment of an order that is not written yet.`,
        `A batch of ${PER_RUN} is applied in ${whole(made.drainMs)} ms at this latency.`,
      ],
    },
    costs,
  ];
}

interface Measured {
  readonly ack: Asked;
  readonly drain: Asked;
  readonly ackMs: number;
  readonly drainMs: number;
}

function costPerMillion({ ack, drain, ackMs, drainMs }: Measured): BenchTable {
  const million = 1_000_000;
  const runs = million / PER_RUN;
  const gigabytes = 256 / 1024;
  const started = (ms: number) => (Math.ceil(ms / STARTED_MS) * STARTED_MS) / 1000;
  const seconds = million * started(ackMs) + runs * started(drainMs);
  // The list does not define the price of a request over a hundred documents; it is counted per
  // document, the more expensive reading.
  const perPayment = { writes: ack.writes + DOCUMENTS_WRITTEN, reads: ack.reads + DOCUMENTS_READ };
  const parts: readonly [string, number][] = [
    ['function time, 256 MB, by started 100 ms', seconds * gigabytes * PRICES.gigabyteSecond],
    ['invocations', (million + runs) * PRICES.invocation],
    ['database writes, one for each document', million * perPayment.writes * PRICES.write],
    ['database reads, one for each document', million * perPayment.reads * PRICES.read],
  ];
  const total = parts.reduce((sum, [, yuan]) => sum + yuan, 0);
  const calls = million * (1 + ack.requests) + runs * (1 + drain.requests);
  return {
    title: 'CloudBase: yuan per million payments',
    columns: ['part', 'yuan'],
    rows: [...parts, ['together, pay as you go (list of 2021–23)', total] as const].map(([what, yuan]) => [
      what,
      yuan.toFixed(1),
    ]),
    notes: [
      `Received and applied in full batches of ${PER_RUN}, computed from the requests and durations above; fulfilment, which is the merchant’s own, is not in it. A timer that runs every minute adds 43,200 runs a month.`,
      `By WeChat’s call packs of 2026, if each function run and each database request counts as a call: ${whole(calls)} calls, ${whole(calls * CALL_PACKS.large)} to ${whole(calls * CALL_PACKS.small)} yuan.`,
    ],
  };
}

const EVENT = {
  appid: 'wxd2d16a504f24665e',
  bankType: 'OTHERS',
  cashFee: 101,
  feeType: 'CNY',
  mchId: '1800008281',
  nonceStr: '48WQ',
  resultCode: 'SUCCESS',
  returnCode: 'SUCCESS',
  subMchId: MERCHANT,
  subOpenid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
  timeEnd: '20260301115955',
  totalFee: 101,
  tradeType: 'JSAPI',
};
