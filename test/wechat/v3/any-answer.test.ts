import fc from 'fast-check';
import { isBeijingDay } from '../../../lib/values/day';
import { fen } from '../../../lib/values/fen';
import { isOutRefundNo, isOutTradeNo, isPayerId } from '../../../lib/values/ids';
import { later } from '../../../lib/values/instant';
import type { V3HttpAnswer } from '../../../lib/wechat/v3/transport';
import { answer, merchant, signedBy, stage, START, type Said } from './stage';
import { cases } from '../../share';

const OPEN: ReadonlySet<string> = new Set(['unknown', 'refused']);

/** What could tell of money, and what could not. */
const word = fc.constantFrom(
  ...['SUCCESS', 'REFUND', 'CLOSED', 'NOTPAY', 'OWN-0001', 'OWN-R-1', '1900000001', 'SHA1', 'CNY', ''],
);
const field = fc.constantFrom(
  ...['trade_state', 'status', 'refund_status', 'out_trade_no', 'out_refund_no', 'mchid', 'transaction_id'],
  ...[
    'success_time',
    'amount',
    'total',
    'refund',
    'prepay_id',
    'hash_type',
    'hash_value',
    'download_url',
    'code',
  ],
);
const value = fc.oneof(word, fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.string());
const body = fc.oneof(
  fc.string(),
  fc.dictionary(field, fc.oneof(value, fc.dictionary(field, value)), { maxKeys: 8 }),
);
/** How an answer is signed; undefined: as WeChat Pay signs. */
const WAYS = [undefined, 'unsigned', 'forged', 'signtest', 'late', 'stranger', 'half'] as const;
const said = fc.record({
  status: fc.oneof(
    fc.constantFrom(200, 204, 400, 401, 403, 404, 429, 500),
    fc.integer({ min: 100, max: 599 }),
  ),
  body,
  as: fc.constantFrom(...WAYS),
  requestId: fc.constantFrom('A-0', 'A-268498689', '<script>', ''),
});

const outTradeNo = 'OWN-0001';
const outRefundNo = 'OWN-R-1';
const day = '20261128';
const payer = 'oOWN_direct_openid';
if (!isOutTradeNo(outTradeNo) || !isOutRefundNo(outRefundNo)) throw new TypeError('a sample is wrong');
if (!isBeijingDay(day) || !isPayerId(payer)) throw new TypeError('a sample is wrong');
const ASKED = {
  ...{ subMchId: merchant('1900000001'), outTradeNo, outRefundNo, day, payer },
  ...{ total: fen(1000), refund: fen(400), body: '茶', payerIp: '', keptBody: null, gzip: false },
  ...{ expiresAt: later(START, 60_000), type: 'ALL' as const },
};
const CALLS = ['unifiedOrder', 'queryOrder', 'closeOrder', 'refund', 'queryRefund', 'downloadBill'] as const;

function given(one: { readonly as: Said['as'] | undefined } & Omit<Said, 'as'>): V3HttpAnswer {
  const { as, ...rest } = one;
  return answer(as === undefined ? rest : { ...rest, as }, START);
}

test('whatever comes back, every call resolves, and what is not signed says nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...CALLS),
      fc.array(said, { minLength: 1, maxLength: 3 }),
      async (name, all) => {
        let next = 0;
        const { pay, received } = stage(() =>
          given(all[Math.min(next++, all.length - 1)] ?? { status: 500, as: undefined }),
        );
        const end = await pay[name](ASKED);
        received.map(signedBy);
        expect(received.length).toBeLessThanOrEqual(6);
        const isSigned = all.some(({ as }) => as === undefined);
        // An unsigned "no bill" is "not yet": it ends nothing.
        if (!isSigned && end.kind !== 'not_yet') expect(OPEN).toContain(end.kind);
        expect(JSON.stringify(end).length).toBeLessThan(2_000);
      },
    ),
    { numRuns: cases({ everyTime: 50, all: 1_500 }) },
  );
});
