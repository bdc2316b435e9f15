import type { RefusalCode } from '../../../../lib/runtime/reply';
import type { Text } from './functions';

/** What a code means to the developer, and what the payer is shown. */
export interface CodeWords {
  readonly means: Text;
  /** Null: a payer never sees it. */
  readonly payer: Text | null;
}

const BROKEN: Text = { en: 'Something went wrong. Please try again later.', zh: '出错了，请稍后再试。' };
const AGAIN: Text = { en: 'WeChat Pay is busy. Please try again.', zh: '微信支付繁忙，请重试。' };
const OTHER_ORDER: Text = {
  en: 'This order can no longer be paid. Please order again.',
  zh: '订单已无法付款，请重新下单。',
};

/** Every code. One that `lib/runtime/reply.ts` adds does not compile until it is here. */
export const CODES: Readonly<Record<RefusalCode, CodeWords>> = {
  BAD_INPUT: {
    means: { en: 'a field is missing or wrong: `message` says which', zh: '参数缺失或有误，见 `message`' },
    payer: BROKEN,
  },
  NO_PAYER: {
    means: {
      en: 'nobody is logged in: call it from the mini program, or log in first (server)',
      zh: '没有登录身份：请在小程序中调用，或先登录（服务器）',
    },
    payer: { en: 'Please log in again.', zh: '请重新登录。' },
  },
  PRICE_REFUSED: {
    means: {
      en: '`merchant/price.ts` does not sell this cart; `message` is its text',
      zh: '`merchant/price.ts` 不接受该购物车，原因见 `message`',
    },
    payer: { en: '`message`', zh: '`message`' },
  },
  PRICE_BROKEN: {
    means: {
      en: '`merchant/price.ts` failed: see the log `price_failed`',
      zh: '`merchant/price.ts` 出错，见日志 `price_failed`',
    },
    payer: BROKEN,
  },
  REQUEST_ID_REUSED: {
    means: {
      en: 'this `requestId` is an order with another cart: make a new one',
      zh: '该 `requestId` 已用于购物车不同的订单，请重新生成',
    },
    payer: BROKEN,
  },
  ORDER_NOT_FOUND: {
    means: { en: 'there is no such order, or it is another payer’s', zh: '没有该订单，或订单属于其他付款人' },
    payer: { en: 'You have no such order.', zh: '没有找到该订单。' },
  },
  ORDER_ALREADY_PAID: {
    means: { en: 'it is paid: ask `queryOrder`', zh: '订单已付款，请用 `queryOrder` 查询' },
    payer: { en: 'This order is paid.', zh: '订单已付款。' },
  },
  ORDER_NOT_PAYABLE: {
    means: {
      en: 'it is closed or its time is over: use a new `requestId`',
      zh: '订单已关闭或已过付款截止时间，请使用新的 `requestId`',
    },
    payer: OTHER_ORDER,
  },
  TOO_EARLY_TO_CLOSE: {
    means: { en: 'WeChat Pay closes orders from 5 minutes on', zh: '下单 5 分钟后微信支付才允许关闭' },
    payer: { en: 'Please try again in 5 minutes.', zh: '请 5 分钟后再试。' },
  },
  NOT_ALLOWED: {
    means: {
      en: 'only operators and the merchant’s own functions may',
      zh: '仅限运营人员和商户自己的云函数',
    },
    payer: null,
  },
  ORDER_NOT_REFUNDABLE: { means: { en: 'nothing was paid', zh: '订单没有付款' }, payer: null },
  PAYMENT_NOT_NAMED: {
    means: {
      en: 'there are several payments: name the `transactionId`',
      zh: '订单有多笔付款，请指定 `transactionId`',
    },
    payer: null,
  },
  PAYMENT_NOT_FOUND: {
    means: { en: 'the order has no such payment', zh: '订单没有该笔付款' },
    payer: null,
  },
  REFUND_TOO_LARGE: {
    means: { en: 'more than is left; `message` says how much is', zh: '超过可退金额，余额见 `message`' },
    payer: null,
  },
  TOO_MANY_REFUNDS: {
    means: {
      en: '50 refunds of one order, WeChat Pay’s limit',
      zh: '单个订单最多 50 笔退款（微信支付限制）',
    },
    payer: null,
  },
  REFUND_OVER_SINGLE: {
    means: { en: 'above `refunds.limits.single`', zh: '超过 `refunds.limits.single`' },
    payer: null,
  },
  REFUND_OVER_OPERATOR_DAY: {
    means: {
      en: 'above `refunds.limits.operatorDay`, until midnight in Beijing',
      zh: '超过 `refunds.limits.operatorDay`，北京时间零点后恢复',
    },
    payer: null,
  },
  REFUND_OVER_DAY: {
    means: {
      en: 'above `refunds.limits.day`, until midnight in Beijing',
      zh: '超过 `refunds.limits.day`，北京时间零点后恢复',
    },
    payer: null,
  },
  NEEDS_APPROVAL: {
    means: {
      en: 'above `ops.secondPerson.refundAbove`: ask for it in the console, where a second person approves',
      zh: '超过 `ops.secondPerson.refundAbove`，请在控制台申请，由复核人批准',
    },
    payer: null,
  },
  REFUND_NUMBER_USED: {
    means: {
      en: 'the number or `requestId` is another refund: use a new one',
      zh: '单号或 `requestId` 已用于另一笔退款，请更换',
    },
    payer: null,
  },
  REFUND_CLOSED: {
    means: {
      en: 'the refund ended without returning money; `message` says why',
      zh: '退款已关闭，款项未退回，原因见 `message`',
    },
    payer: null,
  },
  ORDER_BUSY: {
    means: {
      en: 'others change it, it is being fulfilled, or it was queried a moment ago',
      zh: '订单正被修改、正在发货，或刚刚查询过',
    },
    payer: { en: 'Please try again in a moment.', zh: '请稍后重试。' },
  },
  WECHAT_PAY_REFUSED: {
    means: { en: 'WeChat Pay declined; `message` names its code', zh: '微信支付拒绝，代码见 `message`' },
    payer: BROKEN,
  },
  WECHAT_PAY_UNKNOWN: {
    means: {
      en: 'WeChat Pay did not answer: repeat the same call',
      zh: '微信支付没有返回，请重复同样的调用',
    },
    payer: AGAIN,
  },
  INTERNAL: { means: { en: 'see the log `function_failed`', zh: '见日志 `function_failed`' }, payer: BROKEN },
};
