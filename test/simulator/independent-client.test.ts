import { createHash, createPublicKey } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { Aes, Formatter, Rsa, Wechatpay } from 'wechatpay-axios-plugin';
import { instant } from '../../lib/values/instant';
import { isRecord } from '../../lib/values/json';
import { answerSimulatedV3 } from '../../server/simulated/simulated-v3';
import { memoryJournal } from '../../simulator/journal';
import { createSimulator, type Simulator } from '../../simulator/simulator';
import type { V3Delivery } from '../../simulator/v3/http';
import type { SimulatorV3 } from '../../simulator/v3/simulator-v3';
import { testKeys } from './test-keys';
import { asked, DIRECT, PARTNER } from './v3-stage';

/*
 * The simulator judged by a client that nobody of this project wrote: what it signs is accepted,
 * what it verifies holds, and what it decrypts is what happened.
 */

const KEYS = testKeys();
const DAY_S = 24 * 3600;

interface Line {
  readonly simulator: Simulator;
  readonly v3: SimulatorV3;
  readonly received: V3Delivery[];
  readonly base: string;
  /** A client in the name of this merchant number. */
  readonly client: (mchid: string) => Wechatpay;
  /** Moves the simulator's days on. Signatures keep this machine's clock, as the client does. */
  readonly sleep: (seconds: number) => void;
  readonly close: () => Promise<void>;
}

async function line(): Promise<Line> {
  let ahead = 0;
  const received: V3Delivery[] = [];
  const simulator = createSimulator({
    clock: { now: () => instant(Date.now() + ahead * 1000) },
    schedule: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => {
        clearTimeout(timer);
      };
    },
    journal: memoryJournal(),
    speed: 1_000,
    random: Math.random,
    deliver: () => Promise.reject(new Error('no order goes through cloud development here')),
    v3: {
      parties: [DIRECT, PARTNER],
      keys: KEYS,
      deliver: async (delivery) => {
        received.push(delivery);
        return { status: 204 };
      },
    },
  });
  const { v3 } = simulator;
  if (v3 === null) throw new TypeError('it has an API v3');
  const server: Server = createServer((request, response) => {
    void answerSimulatedV3(v3, request, (_, read) => read()).then(async (answer) => {
      if (response.destroyed) return;
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('it listens');
  const base = `http://127.0.0.1:${address.port}/simulator/`;
  return {
    simulator,
    v3,
    received,
    base,
    client: (mchid) =>
      new Wechatpay({
        baseURL: base,
        mchid,
        serial: KEYS.merchantSerial,
        privateKey: KEYS.merchantKey.export({ type: 'pkcs8', format: 'pem' }),
        certs: { [KEYS.wechatKeyId]: createPublicKey(KEYS.wechatKey) },
        proxy: false,
      }),
    sleep(seconds) {
      ahead += seconds;
      v3.change({ clockAheadSeconds: -ahead });
    },
    async close() {
      simulator.stop();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
    },
  };
}

async function onLine(run: (on: Line) => Promise<void>): Promise<void> {
  const on = await line();
  try {
    await run(on);
  } finally {
    await on.close();
  }
}

/** What the client makes of a notification: its signature and its decrypted resource. */
function read({ headers, body }: V3Delivery): Readonly<Record<string, unknown>> {
  const text = body.toString('utf8');
  const signed = Formatter.response(
    headers['wechatpay-timestamp'] ?? '',
    headers['wechatpay-nonce'] ?? '',
    text,
  );
  const publicKey = createPublicKey(KEYS.wechatKey);
  expect(Rsa.verify(signed, headers['wechatpay-signature'] ?? '', publicKey)).toBe(true);
  const envelope: unknown = JSON.parse(text);
  if (!isRecord(envelope) || !isRecord(envelope['resource'])) throw new TypeError('an envelope');
  const { nonce, ciphertext, associated_data: aad } = envelope['resource'];
  const plain = Aes.AesGcm.decrypt(String(ciphertext), KEYS.apiV3Key, String(nonce), String(aad));
  const resource: unknown = JSON.parse(plain);
  if (!isRecord(resource)) throw new TypeError('a resource');
  return resource;
}

function fieldsOf(answer: unknown): Readonly<Record<string, unknown>> {
  return isRecord(answer) && isRecord(answer['data']) ? answer['data'] : {};
}

/** The status and code with which the client's call was refused. */
async function refusalOf(call: Promise<unknown>): Promise<readonly unknown[]> {
  try {
    await call;
  } catch (error) {
    const response = isRecord(error) && isRecord(error['response']) ? error['response'] : {};
    return [response['status'], fieldsOf(response)['code']];
  }
  return ['not refused'];
}

/** With what the client refuses an answer. */
const CODES = {
  tampered: 'EV3_RES_HEADER_SIGNATURE_DIGEST',
  signtest: 'EV3_RES_HEADER_SIGNATURE_DIGEST',
  unknown_key: 'EV3_RES_HEADER_PLATFORM_SERIAL',
  unsigned: 'EV3_RES_HEADERS_INCOMPLATE',
} as const;

describe('a client that we did not write', () => {
  test('orders, is notified, queries, refunds and downloads the bill, as a merchant of its own', () =>
    onLine(async (on) => {
      const { client } = on.client('1900000001');
      const order = await client.v3.post('v3/pay/transactions/jsapi', asked(DIRECT, 'ORDER-1'));
      expect(fieldsOf(order)['prepay_id']).toMatch(/^wx/);
      const { transactionId } = on.simulator.pay('ORDER-1');
      await on.simulator.whenQuiet();
      expect(on.received.map(read)).toEqual([
        expect.objectContaining({
          out_trade_no: 'ORDER-1',
          transaction_id: transactionId,
          mchid: '1900000001',
        }),
      ]);

      const query = await client.v3.get('v3/pay/transactions/out-trade-no/ORDER-1', {
        params: { mchid: '1900000001' },
      });
      expect(fieldsOf(query)).toMatchObject({ trade_state: 'SUCCESS', amount: { total: 100 } });

      const refund = await client.v3.post('v3/refund/domestic/refunds', {
        out_trade_no: 'ORDER-1',
        out_refund_no: 'R-1',
        notify_url: 'https://shop.example/callback/v3/refund',
        amount: { refund: 40, total: 100, currency: 'CNY' },
      });
      expect(fieldsOf(refund)).toMatchObject({ status: 'PROCESSING', transaction_id: transactionId });
      await on.simulator.whenQuiet();
      expect(on.received.slice(1).map(read)).toMatchObject([
        { refund_status: 'SUCCESS', out_refund_no: 'R-1' },
      ]);
      const state = await client.v3.get('v3/refund/domestic/refunds/R-1');
      expect(fieldsOf(state)).toMatchObject({ status: 'SUCCESS' });

      const today = new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10);
      on.sleep(2 * DAY_S);
      const params = { bill_date: today, tar_type: 'GZIP' };
      const bill = fieldsOf(await client.v3.get('v3/bill/tradebill', { params }));
      const url = new URL(String(bill['download_url']));
      const file = await client.v3.get('v3/billdownload/file', {
        params: Object.fromEntries(url.searchParams),
        responseType: 'arraybuffer',
        transformResponse: [],
      });
      const bytes: unknown = isRecord(file) ? file['data'] : null;
      if (!Buffer.isBuffer(bytes)) throw new TypeError('a file');
      const plain = gunzipSync(bytes);
      expect(createHash('sha1').update(plain).digest('hex')).toBe(bill['hash_value']);
      expect(plain.toString('utf8').match(/`ORDER-1/g)).toHaveLength(2);
    }));

  test('orders, queries and closes under a provider', () =>
    onLine(async (on) => {
      const { client } = on.client('1900000009');
      const at = 'v3/pay/partner/transactions';
      await client.v3.post(`${at}/jsapi`, asked(PARTNER, 'ORDER-1'));
      const owners = { sp_mchid: '1900000009', sub_mchid: '1900000011' };
      const closed = await client.v3.post(`${at}/out-trade-no/ORDER-1/close`, owners);
      expect(closed).toMatchObject({ status: 204 });
      const query = await client.v3.get(`${at}/out-trade-no/ORDER-1`, { params: owners });
      expect(fieldsOf(query)).toMatchObject({ trade_state: 'CLOSED', sub_mchid: '1900000011' });
    }));

  test('decrypts the certificates it downloads, and verifies answers with them', () =>
    onLine(async (on) => {
      on.v3.change({ keys: 'certificate' });
      const [certificate] = KEYS.certificates();
      const client = new Wechatpay({
        baseURL: on.base,
        mchid: '1900000001',
        serial: KEYS.merchantSerial,
        privateKey: KEYS.merchantKey.export({ type: 'pkcs8', format: 'pem' }),
        certs: { [certificate.serial]: certificate.pem },
        proxy: false,
      }).client;
      const { data } = fieldsOf(await client.v3.get('v3/certificates'));
      const entries: readonly unknown[] = Array.isArray(data) ? data : [];
      expect(entries).toMatchObject([{ serial_no: certificate.serial }]);
      const [entry] = entries;
      const sealed =
        isRecord(entry) && isRecord(entry['encrypt_certificate']) ? entry['encrypt_certificate'] : {};
      expect(
        Aes.AesGcm.decrypt(
          String(sealed['ciphertext']),
          KEYS.apiV3Key,
          String(sealed['nonce']),
          String(sealed['associated_data']),
        ),
      ).toBe(certificate.pem);
    }));

  test('is told what is wrong, and believes no answer that was tampered with', () =>
    onLine(async (on) => {
      const { client } = on.client('1900000001');
      const path = 'v3/pay/transactions/jsapi';
      const body = asked(DIRECT, 'ORDER-1');
      expect(await refusalOf(client.v3.post(path, { ...body, surprise: 1 }))).toEqual([400, 'PARAM_ERROR']);
      const stranger = on.client('1900000099').client;
      expect(await refusalOf(stranger.v3.post(path, body))).toEqual([401, 'SIGN_ERROR']);
      for (const kind of ['tampered', 'signtest', 'unknown_key', 'unsigned'] as const) {
        on.v3.disturb({ api: 'unifiedOrder', fault: { kind } });
        await expect(client.v3.post(path, body)).rejects.toHaveProperty('code', CODES[kind]);
      }
      on.v3.disturb({ api: 'unifiedOrder', fault: { kind: 'lost_answer' } });
      await expect(client.v3.post(path, body)).rejects.toMatchObject({ code: 'ECONNRESET' });
      await expect(client.v3.post(path, body)).resolves.toMatchObject({ status: 200 });
    }));
});
