import { createCipheriv } from 'node:crypto';
import { decryptResource } from '../../lib/wechat/v3/decrypt';
import { readGenerated } from '../../lib/wechat/generated';
import { CALLBACK_ERRCODE, receive, replyTo, statusTo } from '../../lib/inbox/receive';
import type { NewMessage } from '../../lib/model/message';
import { systemTimers } from '../../lib/runtime/timers';
import { START } from '../store/builders';
import { rememberedLog } from './stage';

/** What CloudBase's own payment integrations hand over, in every shape. */

const API_KEY = 'a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb';

const PAYMENT = {
  mchid: '1900000109',
  appid: 'wxd678efh567hg6787',
  out_trade_no: 'order-000001',
  transaction_id: '4200002248202603011200000001',
  trade_state: 'SUCCESS',
  success_time: '2026-03-01T12:00:00+08:00',
  payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
  amount: { total: 101, payer_total: 101, currency: 'CNY' },
};
const CAMEL = {
  mchId: '1900000109',
  appId: 'wxd678efh567hg6787',
  outTradeNo: 'order-000001',
  transactionId: '4200002248202603011200000001',
  tradeState: 'SUCCESS',
  successTime: '2026-03-01T12:00:00+08:00',
  payer: { openId: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
  amount: { total: 101, payerTotal: 101, currency: 'CNY' },
};
const REFUND = {
  mchid: '1900000109',
  out_trade_no: 'order-000001',
  out_refund_no: 'refund-000001',
  refund_id: '50000000382019052709732678859',
  amount: { total: 101, refund: 50 },
};

function sealed(payment: object, key = API_KEY) {
  const nonce = 'EyCiUKpnvvjq';
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from('transaction'));
  const bytes = Buffer.concat([cipher.update(JSON.stringify(payment)), cipher.final(), cipher.getAuthTag()]);
  return {
    algorithm: 'AEAD_AES_256_GCM',
    ciphertext: bytes.toString('base64'),
    associated_data: 'transaction',
    nonce,
  };
}

const event = { id: 'EV-1', create_time: '2026-03-01T12:00:01+08:00', event_type: 'TRANSACTION.SUCCESS' };
const raw = (payment: object, key?: string) => ({ ...event, resource: sealed(payment, key) });
const center = (content: unknown, rawData: unknown = raw(PAYMENT)) => ({
  ParsedContent: content,
  ParsedNotify: event,
  Plaintext: JSON.stringify(content),
  rawData,
});

/** Receives one event with this source mark, and returns its answer and what was stored. */
async function received(what: unknown, { source = '', keys = true, full = false } = {}) {
  const stored: NewMessage[] = [];
  const deps = {
    record: async (message: NewMessage) => {
      stored.push(message);
      return 'stored' as const;
    },
    clock: { now: () => START },
    timers: systemTimers,
    log: rememberedLog(),
    ackBudgetMs: 2_500,
    admitUnverified: async () => !full,
    ...(keys
      ? {
          open: (resource: unknown) => {
            const decrypted = decryptResource(resource, [Buffer.from(API_KEY)]);
            return decrypted.kind === 'text' ? decrypted.text : null;
          },
        }
      : {}),
  };
  const answer = await receive(deps, what, source);
  return { reply: replyTo(answer), status: statusTo(answer), message: stored[0] };
}

const SHAPES: Readonly<Record<string, unknown>> = {
  'the Integration Center, with text inside': center(PAYMENT, JSON.stringify(raw(PAYMENT))),
  'the Integration Center, all parsed': center(PAYMENT),
  'the Integration Center, in camelCase': center(CAMEL),
  'the Integration Center, with the plaintext only': {
    Plaintext: JSON.stringify(PAYMENT),
    ParsedNotify: event,
  },
  'a template': { ...event, summary: '支付成功', resource: PAYMENT },
  'a template, in camelCase': { id: 'EV-1', eventType: 'TRANSACTION.SUCCESS', resource: CAMEL },
  'a template with resource.json': { ...event, resource: { json: JSON.stringify(PAYMENT) } },
  'a template that passes on the ciphertext': raw(PAYMENT),
  'the payment itself': PAYMENT,
  'the payment itself, in camelCase': CAMEL,
};

describe('what comes from', () => {
  it.each(Object.entries(SHAPES))('%s is kept as unverified and answered in its form', async (_, what) => {
    const { reply, status, message } = await received(what);
    expect(reply).toEqual({ code: 'SUCCESS', message: 'ok' });
    expect(status).toBe(200);
    expect(message).toMatchObject({
      key: 'unverified:payment:order-000001:4200002248202603011200000001',
      trust: 'unverified',
      content: { kind: 'payment', payment: { total: 101, subMchId: '1900000109' } },
    });
  });
});

it('is unverified whatever the platform’s mark says', async () => {
  for (const source of ['wx_paycallback', 'scf', 'wx_http']) {
    expect((await received(center(PAYMENT), { source })).message?.trust).toBe('unverified');
  }
});

it('is refused in its own form from a mini program', async () => {
  const { reply, status, message } = await received(center(PAYMENT), { source: 'wx_client,scf' });
  expect(reply).toMatchObject({ code: 'FAIL' });
  expect(status).toBe(403);
  expect(message).toBeUndefined();
});

it('is read from what our key opens, and not from what stands beside it', async () => {
  const forged = { ...PAYMENT, out_trade_no: 'order-000002', amount: { total: 1, currency: 'CNY' } };
  const { message } = await received(center(forged));
  expect(message).toMatchObject({
    outTradeNo: 'order-000001',
    envelope: { id: 'EV-1', eventType: 'TRANSACTION.SUCCESS', serial: null, check: 'decrypted' },
    content: { payment: { total: 101 } },
  });
  const otherKey = await received(center(forged, raw(PAYMENT, 'x'.repeat(32))));
  expect(otherKey.message).toMatchObject({ outTradeNo: 'order-000002', envelope: { check: 'none' } });
  const noKey = await received(center(PAYMENT), { keys: false });
  expect(noKey.message).toMatchObject({ outTradeNo: 'order-000001', envelope: { check: 'none' } });
});

it('takes no space from the quota of strangers when our key opens it, and its share otherwise', async () => {
  expect((await received(center(PAYMENT), { full: true })).status).toBe(200);
  const stranger = await received(center(PAYMENT, null), { full: true });
  expect(stranger).toMatchObject({ status: 429, reply: { code: 'FAIL' } });
  expect(stranger.message).toBeUndefined();
});

it('reads refunds under status and refund_status', async () => {
  for (const state of [{ status: 'SUCCESS' }, { refund_status: 'SUCCESS' }, { refundStatus: 'SUCCESS' }]) {
    const what = { ...event, event_type: 'REFUND.SUCCESS', resource: { ...REFUND, ...state } };
    expect((await received(what)).message).toMatchObject({
      trust: 'unverified',
      content: { kind: 'refund', refund: { outRefundNo: 'refund-000001', state: 'succeeded' } },
    });
  }
});

it('keeps what it cannot read, with the order it names, so that a query can prove it', async () => {
  const { reply, message } = await received({ ...event, resource: { out_trade_no: 'order-000001' } });
  expect(reply).toEqual({ code: 'SUCCESS', message: 'ok' });
  expect(message).toMatchObject({ outTradeNo: 'order-000001', content: { kind: 'unusable' } });
});

it('keeps events of other products', async () => {
  const what = { ...event, event_type: 'MCHTRANSFER.BILL.FINISHED', resource: { out_bill_no: 'x' } };
  expect((await received(what)).message).toMatchObject({
    content: { kind: 'other', eventType: 'MCHTRANSFER.BILL.FINISHED' },
  });
});

it('leaves the notifications of cloudpay and Cloud Run alone', async () => {
  expect(readGenerated({ outTradeNo: 'order-000001', totalFee: 101, subMchId: '1900000109' })).toBeNull();
  for (const odd of [null, 1, 'x', [], {}]) expect(readGenerated(odd)).toBeNull();
  const { reply } = await received({ outTradeNo: 'x' });
  expect(reply).toEqual({ errcode: CALLBACK_ERRCODE.OK, errmsg: 'ok' });
});
