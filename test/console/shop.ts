import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PermanentFulfilmentError } from '../../lib/orders/fulfil';
import { settingsOf } from '../../lib/config/settings';
import { writtenConfig } from '../../lib/config/written';
import { instant, later, type Instant } from '../../lib/values/instant';
import { isBeijingDay, startOf, type BeijingDay } from '../../lib/values/day';
import { startServer } from '../../server/start';
import { rememberedLog } from '../inbox/stage';
import { talkTo, type Running, LOGIN_SECRET } from '../server/running';

/** The tokens of the cases. */
export const ACT = 'a-token-for-those-who-act';
export const READ = 'a-token-for-those-who-look';

/** The merchant of the cases. */
export const MERCHANT = '1900000109';

/**
 * A shop behind a real server, with WeChat Pay played by the simulator, and a running clock that
 * can be moved forward.
 */
export interface Shop extends Running {
  /** Where its data lies. */
  readonly dataDir: string;
  readonly now: () => Instant;
  /** Moves the clock to so many hours into a day. */
  readonly until: (day: BeijingDay, hours: number) => void;
  /** Has the clock stand still until it is moved on. */
  readonly standStill: () => void;
  /** Moves the clock on. */
  readonly pass: (ms: number) => void;
  /** Asks the operator's API as an operator who may act. */
  readonly ask: (op: string, params?: object) => Promise<Readonly<Record<string, unknown>>>;
  /** Runs a worker once. */
  readonly run: (worker: string) => Promise<void>;
  /**
   * Orders an article and pays it; returns the order number once everything that follows is done.
   */
  readonly sell: (sku: string, count?: number, faults?: object) => Promise<string>;
  /** Plays WeChat Pay and the merchant platform. */
  readonly simulate: (what: string, request: object) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The day the cases begin, and the next. */
export const DAY = day('20260301');
export const NEXT_DAY = day('20260302');

function day(text: string): BeijingDay {
  if (!isBeijingDay(text)) throw new TypeError(`no day: ${text}`);
  return text;
}

/** What the merchant's fulfilment does: the cases have it fail for cups until somebody fixes it. */
export const warehouse = { cupsAreBroken: true };

/** Takes the place of test/shop/fulfill.ts in these suites. */
export async function fulfill({ body }: { readonly body: string }, key: string) {
  if (warehouse.cupsAreBroken && body.startsWith('青瓷杯')) {
    throw new PermanentFulfilmentError('the warehouse has no cups: order some, then retry');
  }
  return { receipt: `parcel ${key.slice(-8)}` };
}

/**
 * Opens a shop with its own server and folder. The caller closes it, which removes both. `over`:
 * settings of its own.
 */
export async function openShop(over: object = {}): Promise<Shop> {
  const dataDir = mkdtempSync(join(tmpdir(), 'wxpay-inbox-console-'));
  let ahead = startOf(DAY) + 15 * HOUR - Date.now();
  let stopped: Instant | null = null;
  const now = () => stopped ?? instant(Date.now() + ahead);
  const server = await startServer({
    config: settingsOf(
      writtenConfig.parse({
        merchants: [{ subMchId: MERCHANT, feeRate: '0.60%' }],
        // What is absent from a statement is open at once.
        statement: { carryOverDays: 0 },
        fulfilment: { quickRetries: 0 },
        simulator: { speed: 10_000 },
        // Nothing runs but what a case asks for. `readConfig` refuses such timers.
        timers: Object.fromEntries(WORKERS.map((worker) => [worker, '0 0 0 1 1 * 2099'])),
        log: { level: 'silent' },
        ...over,
      }),
    ),
    settings: { host: '127.0.0.1', port: 0, dataDir, opsToken: ACT, readToken: READ },
    log: rememberedLog(),
    env: { LOGIN_SECRET },
    clock: { now },
  });
  return {
    ...shopOn(talkTo(server, true), now, (ms) => {
      ahead = now() + ms - Date.now();
      stopped = null;
    }),
    dataDir,
    standStill: () => {
      stopped = now();
    },
    async close() {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const HOUR = 3_600_000;
const WORKERS = [
  'processInbox',
  'fulfillOrders',
  'followRefunds',
  'reconcileStatement',
  'reconcileOrders',
  'watchdog',
] as const;

function shopOn(
  server: Running,
  now: () => Instant,
  pass: (ms: number) => void,
): Omit<Shop, 'close' | 'standStill' | 'dataDir'> {
  let orders = 0;
  const bearer = { authorization: `Bearer ${ACT}` };
  const done = async (path: string, body: object) => {
    const reply = await server.send('POST', path, body, bearer);
    if (reply.body['ok'] !== true) throw new Error(`${path}: ${reply.text}`);
    return reply.body;
  };
  // The merchant's own backend names the payer: with tokens, a header alone is not trusted.
  const call: Running['call'] = (name, event, headers = {}) =>
    server.call(name, event, { ...bearer, ...headers });
  return {
    ...server,
    call,
    now,
    pass,
    until: (into, hours) => {
      pass(later(startOf(into), hours * HOUR) - now());
    },
    ask: (op, params = {}) => done(`/ops/api/${op}`, params),
    async run(worker) {
      await done(`/workers/${worker}`, {});
    },
    async simulate(what, request) {
      await done(`/simulator/${what}`, request);
    },
    async sell(sku, count = 1, faults) {
      orders += 1;
      const requestId = `request-${String(orders).padStart(4, '0')}`;
      const { body } = await call('createOrder', { requestId, cart: [{ sku, count }] });
      const outTradeNo = String(body['outTradeNo']);
      if (faults !== undefined) await done('/simulator/pay', { outTradeNo, faults });
      else await done('/simulator/pay', { outTradeNo });
      await server.settled();
      return outTradeNo;
    },
  };
}
