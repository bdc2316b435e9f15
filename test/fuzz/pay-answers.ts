import fc from 'fast-check';
import { APIS, ask } from '../wechat/asking';
import { QUERY_PAID, ORDER, REFUND_QUESTION } from '../wechat/samples';
import { mutated } from './mutations';
import { pure } from './target';

const PREPAID = {
  return_code: 'SUCCESS',
  result_code: 'SUCCESS',
  payment: { timeStamp: '1', nonceStr: 'n', package: 'prepay_id=1', signType: 'MD5', paySign: 's' },
};
const REFUND = {
  return_code: 'SUCCESS',
  result_code: 'SUCCESS',
  out_trade_no: ORDER.outTradeNo,
  out_refund_no: REFUND_QUESTION.outRefundNo,
  refund_id: '50300',
  refund_fee: 40,
  total_fee: 100,
  refund_count: 1,
  out_refund_no_0: REFUND_QUESTION.outRefundNo,
  refund_status_0: 'SUCCESS',
  refund_fee_0: 40,
};
const FAILED = {
  return_code: 'SUCCESS',
  result_code: 'FAIL',
  err_code: 'ORDERNOTEXIST',
  err_code_des: '订单不存在',
};

/** What cannot be written is sent as nothing. */
function text(value: unknown): string {
  try {
    const written: unknown = JSON.stringify(value);
    return typeof written === 'string' ? written : '';
  } catch {
    return '';
  }
}

const shaped = mutated([QUERY_PAID, PREPAID, REFUND, FAILED]).map(text);
const bodies = fc.oneof(
  { weight: 6, arbitrary: shaped.map((body) => Buffer.from(body)) },
  {
    weight: 2,
    arbitrary: shaped.map((body) => Buffer.from(`{"errcode":0,"errmsg":"ok","respdata":${body || 'null'}}`)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(shaped, fc.nat())
      .map(([body, at]) => Buffer.from(body).subarray(0, at % (body.length + 1))),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('<xml>', '<xml><return_code><![CDATA[FAIL]]></return_code>', '\uFEFF', '`'.repeat(500))
      .map((body) => Buffer.from(body)),
  },
);

/** Any answer of the pay gateway becomes an answer of the port, and names no payer. */
export const payAnswers = pure(
  'pay answers',
  330,
  fc.record({ api: fc.constantFrom(...APIS), bytes: bodies }),
  async ({ api, bytes }) => {
    const answer = await ask(api, { kind: 'body', bytes });
    if (typeof answer.kind !== 'string') throw new Error('no answer of the port');
    if (answer.kind === 'unknown' && JSON.stringify(answer).length > 1_000)
      throw new Error('a detail without bound');
  },
);
