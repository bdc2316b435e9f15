import { gzipSync } from 'node:zlib';
import { systemClock } from '../../../lib/runtime/system-clock';
import { systemTimers } from '../../../lib/runtime/timers';
import { isBeijingDay } from '../../../lib/values/day';
import type { BillRequest } from '../../../lib/wechat/port';
import { billPlace } from '../../../lib/wechat/v3/bill-file';
import { merchant, PARTNER, sha1, signedBy, stage, type Play, type Said } from './stage';

const DAY = '20261128';
if (!isBeijingDay(DAY)) throw new TypeError('not a day');
const BILL: BillRequest = { subMchId: merchant('1900000001'), day: DAY, type: 'ALL', gzip: true };
const TEXT = '交易时间,公众账号ID,商户号\r\n`2026-11-28 10:00:05,`wx1,`1900000001\r\n';
const ADDRESS = 'https://api.mch.weixin.qq.com/v3/billdownload/file?token=abc%7C&tartype=gzip';
const GZIP = gzipSync(TEXT);
// Expanding needs real time.
const time = { clock: systemClock, timers: systemTimers };

function place(change: object = {}): Said {
  return {
    status: 200,
    body: { hash_type: 'SHA1', hash_value: sha1(TEXT), download_url: ADDRESS, ...change },
  };
}

function billed(first: Said, bytes: Buffer, status = 200): Play {
  return ({ target }) =>
    target.startsWith('/v3/bill/') ? first : { kind: 'answer', status, headers: {}, body: bytes };
}

test('a bill comes in two signed steps, and its hash is of the uncompressed bytes', async () => {
  const { pay, received } = stage(billed(place(), GZIP), { time });
  const answer = await pay.downloadBill(BILL);
  expect(answer).toMatchObject({ kind: 'bill' });
  expect(answer.kind === 'bill' && Buffer.from(answer.bytes).equals(GZIP)).toBe(true);
  expect(received.map(({ target }) => target)).toEqual([
    '/v3/bill/tradebill?bill_date=2026-11-28&bill_type=ALL&tar_type=GZIP',
    '/v3/billdownload/file?token=abc%7C&tartype=gzip',
  ]);
  received.map(signedBy);
  expect(received[1]?.maxBytes).toBeLessThanOrEqual(512 * 2 ** 20);
  // A large file needs longer than other calls get.
  expect(received[1]?.timeoutMs).toBeGreaterThan(20_000);
});

test('an uncompressed bill has the same hash', async () => {
  const { pay, received } = stage(billed(place(), Buffer.from(TEXT)), { time, party: PARTNER });
  expect(await pay.downloadBill({ ...BILL, gzip: false, type: 'REFUND' })).toMatchObject({ kind: 'bill' });
  expect(received[0]?.target).toBe(
    '/v3/bill/tradebill?bill_date=2026-11-28&bill_type=REFUND&sub_mchid=1900000001',
  );
});

test.each<[string, Said, Buffer, object]>([
  ['changed bytes', place(), Buffer.from(`${TEXT} `), { reason: 'unverified' }],
  ['the hash of the compressed bytes', place({ hash_value: sha1(GZIP) }), GZIP, { reason: 'unverified' }],
  ['cut bytes', place(), GZIP.subarray(0, -9), { reason: 'unreadable' }],
  ['another kind of hash', place({ hash_type: 'MD5' }), GZIP, { reason: 'unverified' }],
  ['no hash', place({ hash_value: undefined }), GZIP, { reason: 'unverified' }],
  [
    'a stranger’s address',
    place({ download_url: 'https://evil.example/v3/billdownload/x' }),
    GZIP,
    { reason: 'unverified' },
  ],
  ['an unsigned address', { ...place(), as: 'unsigned' }, GZIP, { reason: 'unverified' }],
  [
    'no trades',
    { status: 400, body: { code: 'NO_STATEMENT_EXIST', message: '账单文件不存在' } },
    GZIP,
    { kind: 'no_bill' },
  ],
  [
    'no trades, unsigned',
    { status: 400, body: { code: 'NO_STATEMENT_EXIST' }, as: 'unsigned' },
    GZIP,
    { kind: 'not_yet' },
  ],
  ['not made yet', { status: 400, body: { code: 'STATEMENT_CREATING' } }, GZIP, { kind: 'not_yet' }],
  ['no right', { status: 403, body: { code: 'NO_AUTH' } }, GZIP, { kind: 'refused', code: 'not_authorised' }],
])('%s is no bill', async (_name, first, bytes, expected) => {
  const { pay } = stage(billed(first, bytes), { time });
  expect(await pay.downloadBill(BILL)).toMatchObject(expected);
});

test('an address that has expired is unknown, and not followed again', async () => {
  const { pay, received } = stage(billed(place(), Buffer.alloc(0), 400), { time });
  expect(await pay.downloadBill(BILL)).toMatchObject({ kind: 'unknown', reason: 'system' });
  expect(received).toHaveLength(2);
});

test('there is no bill of recharge refunds', async () => {
  const { pay, received } = stage(() => place(), { time });
  expect(await pay.downloadBill({ ...BILL, type: 'RECHARGE_REFUND' })).toMatchObject({ code: 'bad_request' });
  expect(received).toHaveLength(0);
});

test.each([
  ['http://api.mch.weixin.qq.com/v3/billdownload/file', false],
  ['https://api.mch.weixin.qq.com.evil.example/v3/billdownload/file', false],
  ['https://api.mch.weixin.qq.com:444/v3/billdownload/file', false],
  ['https://api.mch.weixin.qq.com@evil.example/v3/billdownload/file', false],
  ['https://user:pw@api.mch.weixin.qq.com/v3/billdownload/file', false],
  ['https://api.mch.weixin.qq.com/v3/billdownload/../pay/transactions/jsapi', false],
  ['https://api.mch.weixin.qq.com/v3/billdownload/%2e%2e/pay', false],
  ['https://api.mch.weixin.qq.com/v3/bill/file', false],
  ['//api.mch.weixin.qq.com/v3/billdownload/file', false],
  ['https://api.mch.weixin.qq.com/v3/billdownload/file?token=1', true],
  ['https://api2.mch.weixin.qq.com/v3/billdownload/file?token=1', true],
  ['http://simulator.local/simulator/v3/billdownload/file?token=1', true],
  ['http://simulator.local/v3/billdownload/file?token=1', false],
])('our signature goes to %s: %s', (address, goes) => {
  const hosts = [
    ...[
      'https://api.mch.weixin.qq.com',
      'https://api2.mch.weixin.qq.com',
      'http://simulator.local/simulator',
    ],
  ];
  const body = { hash_type: 'SHA1', hash_value: 'A'.repeat(40), download_url: address };
  expect(billPlace(body, hosts) !== null).toBe(goes);
});
