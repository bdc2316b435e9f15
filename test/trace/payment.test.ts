import { randomBytes } from 'node:crypto';
import { readConfig } from '../../lib/config/config';
import { isOutTradeNo } from '../../lib/values/ids';
import { isRecord } from '../../lib/values/json';
import { systemClock } from '../../lib/runtime/system-clock';
import { paidSpan, traceOfPayment } from '../../lib/trace/context';
import { startServer } from '../../server/start';
import { tracedRecord } from '../../server/health/tracing';
import { rememberedLog } from '../inbox/stage';
import { says, withRobot } from '../robots/loopback';
import type { LoopbackRobot } from '../robots/loopback';
import { inFolder, LOGIN_SECRET, talkTo, type Running } from '../server/running';
import { MERCHANT, PAYER } from '../store/builders';
import { putNewStore } from '../store/sqlite/harness';

/* A real server, whose collector and whose merchant's system are on this machine. */

const TOKEN = 'the-token-of-an-operator-who-may-act';
const bearer = { authorization: `Bearer ${TOKEN}` };

/** A span as the collector read it. */
interface Told {
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: string | null;
  readonly name: string;
  readonly links: readonly string[];
  readonly outcome: string | undefined;
}

function listIn(value: unknown, ...path: readonly string[]): readonly Readonly<Record<string, unknown>>[] {
  const [name, ...rest] = path;
  const list = name === undefined || !isRecord(value) ? [] : value[name];
  const items = Array.isArray(list) ? list.filter(isRecord) : [];
  return rest.length === 0 ? items : items.flatMap((item) => listIn(item, ...rest));
}

function toldTo({ received }: LoopbackRobot): readonly Told[] {
  return received
    .filter(({ path }) => path === '/v1/traces')
    .flatMap(({ body }) => listIn(body, 'resourceSpans', 'scopeSpans', 'spans'))
    .map((span) => ({
      traceId: String(span['traceId']),
      spanId: String(span['spanId']),
      parent: typeof span['parentSpanId'] === 'string' ? span['parentSpanId'] : null,
      name: String(span['name']),
      links: listIn(span, 'links').map(({ traceId }) => String(traceId)),
      outcome: listIn(span, 'attributes').flatMap(({ key, value }) =>
        key === 'wxpay.outcome' && isRecord(value) ? [String(value['stringValue'])] : [],
      )[0],
    }));
}

/** Runs a case on a server that traces, and stops it, which sends the last spans. */
async function traced(robot: LoopbackRobot, folder: string, run: (server: Running) => Promise<void>) {
  putNewStore(`${folder}/inbox.db`);
  const server = await startServer({
    config: readConfig({
      merchants: [{ subMchId: MERCHANT }],
      simulator: { speed: 10_000 },
      log: { level: 'silent' },
      tracing: { url: `${robot.url}/v1/traces`, serviceName: 'shop' },
      fulfilment: { webhook: { url: `${robot.url}/fulfil` } },
    }),
    settings: { host: '127.0.0.1', port: 0, dataDir: folder, opsToken: TOKEN, readToken: null },
    log: rememberedLog(),
    clock: systemClock,
    env: {
      LOGIN_SECRET,
      FULFILMENT_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20secret,broken=%ZZ',
    },
  });
  try {
    await run(talkTo(server, true));
  } finally {
    await server.stop();
  }
}

test('a collector sees one trace of a payment: callback, worker, fulfilment; refunds link to it', () =>
  inFolder((folder) =>
    withRobot(async (robot) => {
      robot.behave(says('{"receipt":"parcel 1"}'));
      const numbers: string[] = [];
      await traced(robot, folder, async (server) => {
        const pay = (outTradeNo: string, faults: object) =>
          server.send('POST', '/simulator/pay', { outTradeNo, faults }, bearer);
        numbers.push(await server.order('request-0001'), await server.order('request-0002'));
        const [heard = '', lost = ''] = numbers;
        await pay(heard, {});
        await server.settled();
        await pay(lost, { lose: 'all' });
        await server.call('queryOrder', { outTradeNo: lost });
        await server.settled();
        const asked = { outTradeNo: heard, amount: 1, requestId: 'refund-0001' };
        expect((await server.call('refundOrder', asked, bearer)).body).toMatchObject({ ok: true });
        await server.settled();
      });
      const told = toldTo(robot);
      const [heard, lost] = numbers.map((outTradeNo) => {
        if (!isOutTradeNo(outTradeNo)) throw new Error(`not an order number: ${outTradeNo}`);
        return traceOfPayment(MERCHANT, outTradeNo);
      });
      const of = (trace: string | undefined) => told.filter(({ traceId }) => traceId === trace);
      const callback = of(heard).find(({ name }) => name === 'callback: payment');
      expect(of(heard)).toMatchObject([
        { name: 'callback: payment', parent: null, outcome: 'stored' },
        {
          name: 'apply: payment',
          parent: callback?.spanId,
          outcome: 'applied',
          spanId: paidSpan(heard ?? ''),
        },
        { name: 'fulfil', parent: paidSpan(heard ?? ''), outcome: 'done' },
      ]);
      expect(of(lost).map(({ name }) => name)).toEqual(['query: payment', 'apply: payment', 'fulfil']);
      // The merchant's own spans become children of the fulfilment's.
      const called = robot.received.filter(({ path }) => path === '/fulfil');
      const parents = called.map(({ headers }) => headers['traceparent']);
      const expected = [heard, lost].map((trace) => {
        const fulfil = of(trace).find(({ name }) => name === 'fulfil');
        return `00-${trace ?? ''}-${fulfil?.spanId ?? ''}-01`;
      });
      expect(parents).toEqual(expected);
      const refund = told.filter(({ name }) => name === 'apply: refund');
      expect(refund.length).toBeGreaterThan(0);
      expect(refund.every(({ links, traceId }) => links[0] === heard && traceId !== heard)).toBe(true);
      const sent = robot.received.filter(({ path }) => path === '/v1/traces');
      expect(sent.map(({ headers }) => headers['x-key'])).toEqual(sent.map(() => 'a secret'));
      expect(sent.map(({ text }) => text).join('')).not.toContain(PAYER);
    }),
  ));

test('without traces a notification is recorded by the store’s own method', () => {
  const record = () => Promise.resolve('stored' as const);
  expect(tracedRecord(record, undefined)).toBe(record);
});
