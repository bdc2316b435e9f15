import type { FUNCTIONS, FunctionName } from '../../../../lib/config/jobs';
import type { OrderView } from '../../../../lib/orders/view';
import type { OperatorRefundView, RefundView } from '../../../../lib/refunds/view';

/*
 * What docs/api.md says of each function. Its error codes are not here: they are read from the
 * files that refuse (`../refusals.ts`).
 */

/** A text in both languages of the page. */
export interface Text {
  readonly en: string;
  readonly zh: string;
}

/** A field that a caller sends or gets. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly says: Text;
}

/** One function that a mini program or a merchant's own code calls. */
export interface ApiFunction {
  readonly does: Text;
  readonly caller: Text;
  readonly input: readonly Field[];
  /** Beside `ok: true`. */
  readonly answer: readonly Field[];
  /** What the caller does with an answer. */
  readonly then: Text;
  /** The files that refuse, from the root of the repository. */
  readonly refusedBy: readonly string[];
}

type CalledByAnybody = {
  [Name in FunctionName]: (typeof FUNCTIONS)[Name]['calledBy'] extends 'anybody' ? Name : never;
}[FunctionName];

/** The functions of the page: those of operators have pages of their own. */
export type ApiName = Exclude<CalledByAnybody, 'ops' | 'probe'>;

type FieldWords<Key extends string> = Readonly<Record<Key, Omit<Field, 'name'>>>;

function fields<Key extends string>(prefix: string, words: FieldWords<Key>): readonly Field[] {
  return Object.entries<Omit<Field, 'name'>>(words).map(([name, one]) => ({ ...one, name: prefix + name }));
}

const ORDER = fields<keyof OrderView>('order.', {
  outTradeNo: { type: 'string', says: { en: 'the order number', zh: '商户订单号' } },
  total: { type: 'number', says: { en: 'the order amount in fen', zh: '订单金额，单位：分' } },
  payment: {
    type: '`pending`, `paid`, `closed`, `failed`',
    says: { en: 'the payment; only `paid` means paid', zh: '付款状态；只有 `paid` 表示已付款' },
  },
  paidAt: { type: 'number or null', says: { en: 'ms since 1970', zh: '1970 年以来的毫秒数' } },
  fulfilment: {
    type: '`none`, `due`, `held`, `done`, `dead`',
    says: {
      en: 'the fulfilment. `due`: on its way; `held` and `dead`: operators see to it',
      zh: '发货状态。`due`：待发货；`held` 和 `dead`：由运营人员处理',
    },
  },
  receipt: {
    type: 'string or null',
    says: {
      en: 'the merchant’s receipt once it is `done`, such as a parcel number',
      zh: '`done` 之后的发货凭据，例如运单号',
    },
  },
  expiresAt: {
    type: 'number',
    says: { en: 'until when it can be paid, ms since 1970', zh: '付款截止时间，1970 年以来的毫秒数' },
  },
});

const REFUND = {
  outRefundNo: { type: 'string', says: { en: 'the refund number', zh: '商户退款单号' } },
  amount: { type: 'number', says: { en: 'in fen', zh: '退款金额，单位：分' } },
  state: {
    type: '`requested`, `processing`, `succeeded`, `closed`, `abnormal`',
    says: {
      en: 'only `succeeded` means that the money is back; `abnormal`: the payer’s card does not take it, and the merchant must act',
      zh: '只有 `succeeded` 表示款项已退回；`abnormal`：付款人的银行卡无法入账，需商户处理',
    },
  },
  reason: { type: 'string or null', says: { en: 'as it was given', zh: '退款原因' } },
  requestedAt: { type: 'number', says: { en: 'ms since 1970', zh: '1970 年以来的毫秒数' } },
  succeededAt: {
    type: 'number or null',
    says: { en: 'according to WeChat Pay', zh: '微信支付给出的退款成功时间' },
  },
} as const satisfies FieldWords<keyof RefundView>;

const OPERATORS_REFUND = {
  origin: { type: 'string', says: { en: 'where it was requested', zh: '退款的发起方' } },
  requestedBy: { type: 'string', says: { en: 'by whom', zh: '发起人' } },
  why: {
    type: 'string or null',
    says: { en: 'why it is not done, as a code', zh: '尚未完成的原因代码' },
  },
} as const satisfies FieldWords<Exclude<keyof OperatorRefundView, keyof RefundView>>;

const OUT_TRADE_NO: Field = {
  name: 'outTradeNo',
  type: 'string',
  says: { en: 'as `createOrder` gave it', zh: '`createOrder` 返回的商户订单号' },
};

const BY_PAYER: Text = {
  en: 'the mini program; the payer is who is logged in, never a field',
  zh: '小程序；付款人由登录身份确定，不由参数指定',
};

/** Every function of the page. One that `lib/config/jobs.ts` adds has to be added here. */
export const API: Readonly<Record<ApiName, ApiFunction>> = {
  createOrder: {
    does: {
      en: 'Creates an order and makes it payable. The same `requestId` is the same order, however often it is sent.',
      zh: '下单并生成预支付单。相同的 `requestId` 对应同一个订单，可以重复调用。',
    },
    caller: BY_PAYER,
    input: [
      {
        name: 'requestId',
        type: 'string',
        says: {
          en: '8 to 64 of `0-9A-Za-z_-`; make one for each purchase and keep it until that purchase is over',
          zh: '8 至 64 位，由 `0-9A-Za-z_-` 组成；每次购买生成一个，购买结束前保持不变',
        },
      },
      {
        name: 'cart',
        type: 'JSON',
        says: {
          en: 'what is bought, in the form `merchant/price.ts` reads; at most 16 KiB',
          zh: '购买的内容，格式由 `merchant/price.ts` 决定；最大 16 KiB',
        },
      },
    ],
    answer: [
      { name: 'outTradeNo', type: 'string', says: { en: 'the order number', zh: '商户订单号' } },
      {
        name: 'payment',
        type: 'object',
        says: {
          en: 'the parameters of `wx.requestPayment`: pass them on as they are',
          zh: '`wx.requestPayment` 的参数，请原样传入',
        },
      },
    ],
    then: {
      en: 'Call `wx.requestPayment`. Whatever it reports, ask `queryOrder`: only that is the truth.',
      zh: '调用 `wx.requestPayment`。无论它返回什么，都要用 `queryOrder` 查询，以其结果为准。',
    },
    refusedBy: ['lib/orders/create.ts', 'lib/orders/checked-price.ts'],
  },
  queryOrder: {
    does: {
      en: 'Answers how an order stands. While it is pending, WeChat Pay is queried too, once in 5 s (`orders.askAgainSeconds`).',
      zh: '查询订单状态。待付款时会同时向微信支付查询，每 5 秒（`orders.askAgainSeconds`）最多一次。',
    },
    caller: BY_PAYER,
    input: [OUT_TRADE_NO],
    answer: ORDER,
    then: {
      en: '`pending` after a payment: ask again every few seconds for a minute, then say that the result will follow. It never means “not paid”.',
      zh: '付款后仍为 `pending`：每隔几秒再查一次，最多一分钟，之后提示结果稍后确认。它不表示“未付款”。',
    },
    refusedBy: ['lib/orders/ask.ts'],
  },
  closeOrder: {
    does: {
      en: 'Closes the payer’s unpaid order. It may turn out to be paid: the answer shows it.',
      zh: '关闭付款人未付款的订单。订单也可能已经付款，以返回的状态为准。',
    },
    caller: BY_PAYER,
    input: [OUT_TRADE_NO],
    answer: ORDER,
    then: {
      en: 'Show the state of the answer. It need not be called: an order that nobody pays is closed by itself.',
      zh: '按返回的状态展示。也可以不调用：无人付款的订单会自动关闭。',
    },
    refusedBy: ['lib/orders/close.ts', 'lib/orders/ask.ts'],
  },
  refundOrder: {
    does: {
      en: 'Refunds a payment, or a part of it. The same call again is the same refund.',
      zh: '退款，可以部分退款。重复同样的调用即为同一笔退款。',
    },
    caller: {
      en: 'operators and the merchant’s own functions; never a mini program’s user',
      zh: '运营人员和商户自己的云函数；小程序用户不可调用',
    },
    input: [
      OUT_TRADE_NO,
      {
        name: 'transactionId?',
        type: 'string',
        says: { en: 'which payment, where the order has several', zh: '订单有多笔付款时，指定其中一笔' },
      },
      {
        name: 'amount?',
        type: 'number',
        says: {
          en: 'in fen; absent: everything left of the payment',
          zh: '单位：分；不填：退还该笔付款的全部余额',
        },
      },
      {
        name: 'requestId?',
        type: 'string',
        says: {
          en: '8 to 64 of `0-9A-Za-z_-`; needed for a part',
          zh: '8 至 64 位，由 `0-9A-Za-z_-` 组成；部分退款必填',
        },
      },
      {
        name: 'outRefundNo?',
        type: 'string',
        says: {
          en: 'a refund number of your own, in place of `requestId`',
          zh: '自定的商户退款单号，代替 `requestId`',
        },
      },
      {
        name: 'reason?',
        type: 'string',
        says: { en: 'at most 80 bytes; the payer sees it', zh: '最长 80 字节，付款人可见' },
      },
    ],
    answer: fields<keyof OperatorRefundView>('refund.', { ...REFUND, ...OPERATORS_REFUND }),
    then: {
      en: 'Follow it with `queryRefund`. `requested` is not failed: it is requested again with the same number.',
      zh: '用 `queryRefund` 跟进。`requested` 不是失败：系统会用同一单号再次申请。',
    },
    refusedBy: ['lib/refunds/request.ts', 'lib/refunds/plan.ts', 'lib/refunds/limits.ts'],
  },
  queryRefund: {
    does: { en: 'Answers the refunds of an order.', zh: '查询订单的退款。' },
    caller: {
      en: 'the order’s payer; operators and the merchant’s own functions see more',
      zh: '订单的付款人；运营人员和商户自己的云函数可看到更多内容',
    },
    input: [OUT_TRADE_NO],
    answer: [
      ...fields<keyof RefundView>('refunds[].', REFUND),
      {
        name: 'left',
        type: 'number',
        says: {
          en: 'what may still be refunded, in fen; not for payers',
          zh: '可退金额，单位：分；付款人不可见',
        },
      },
      {
        name: 'unfinished',
        type: 'array',
        says: {
          en: 'refunds whose call broke off, each with `outRefundNo` and `amount`: repeat the call; not for payers',
          zh: '调用中断的退款，含 `outRefundNo` 和 `amount`，请重复调用；付款人不可见',
        },
      },
    ],
    then: { en: 'Show each refund with its state.', zh: '逐笔展示退款及其状态。' },
    refusedBy: ['lib/refunds/query.ts', 'lib/orders/ask.ts'],
  },
};
