/** The channels that the stories are played on. */
export const CHANNELS = ['cloudpay', 'cloudrun', 'v3 direct', 'v3 partner'] as const;

/** A channel that the stories are played on. */
export type Channel = (typeof CHANNELS)[number];

/**
 * What a story comes to: the same everywhere, or cloudpay's answer and API v3's. Cloud Run answers
 * as cloudpay does.
 */
export type Says = string | { readonly cloudpay: string; readonly v3: string };

/**
 * What the port answers on each channel, by the story's name. The one place where channels may
 * differ: the test plays each story on each channel, and the pages in docs/ print this table.
 */
export const TABLE = {
  'an order, asked for and paid': 'prepaid, paid',
  'the same request again': 'prepaid, prepaid',
  'the number again with another price': 'prepaid, refused: number_used',
  'the number again once paid': 'refused: already_paid',
  'the notification of a payment': 'paid, as the query says',
  'an unpaid order': 'not_paid',
  'an order that does not exist': 'no_such_order',
  'each coupon of a payment': 'one by one',
  'closing within 5 minutes': { cloudpay: 'refused: too_early', v3: 'closed' },
  'closing, then asking again': 'closed, refused: already_closed',
  'closing a closed order': 'closed, closed',
  'closing a paid order': 'already_paid',
  'closing an order that does not exist': 'no_such_order',
  'a partial refund': 'accepted',
  'the same refund again': 'accepted, accepted',
  'the state of a refund': { cloudpay: 'unknown: unreadable', v3: 'refund: succeeded' },
  'a refund that does not exist': 'no_such_refund',
  'the notification of a whole refund': 'succeeded',
  'an order after a refund': { cloudpay: 'paid_then_refunded', v3: 'paid_then_refunded, with its amount' },
  'an abnormal refund': {
    cloudpay: 'unknown: unreadable, notified: abnormal',
    v3: 'refund: abnormal, notified: abnormal',
  },
  'an abnormal refund once resolved': {
    cloudpay: 'unknown: unreadable, notified: succeeded',
    v3: 'refund: succeeded, notified: succeeded',
  },
  'an abnormal refund paid out to the merchant': {
    cloudpay: 'not offered',
    v3: 'accepted, not_abnormal: succeeded, refund: succeeded',
  },
  'a refund without funds': 'refused: not_enough_funds',
  'a refund of an order that does not exist': { cloudpay: 'refused: no_such_order', v3: 'refused: other' },
  'the bill at 10 the next morning': 'bill',
  'the bill at 9:30': { cloudpay: 'not_available', v3: 'not_yet' },
  'the bill at 8': { cloudpay: 'not_available', v3: 'no_bill' },
  'the bill of a day without trades': { cloudpay: 'not_available', v3: 'no_bill' },
  'a lost query': { cloudpay: 'unknown: transport', v3: 'paid' },
  'queries lost again and again': 'unknown: transport',
  'a lost answer to a request for payment': { cloudpay: 'unknown: transport', v3: 'prepaid' },
  'a lost answer to a refund': { cloudpay: 'unknown: transport', v3: 'accepted' },
  'too many queries': 'unknown: rate_limited',
  'system errors': 'unknown: system',
} as const satisfies Readonly<Record<string, Says>>;

/** The name of a story. */
export type StoryName = keyof typeof TABLE;

/** What the table says of a story on a channel. */
export function saidOn(channel: Channel, story: StoryName): string {
  const says: Says = TABLE[story];
  if (typeof says === 'string') return says;
  return channel === 'cloudpay' || channel === 'cloudrun' ? says.cloudpay : says.v3;
}

/** The stories' names on the Chinese page. */
const CHINESE: Readonly<Record<StoryName, string>> = {
  'an order, asked for and paid': '下单并支付',
  'the same request again': '原样再次下单',
  'the number again with another price': '同一单号换金额下单',
  'the number again once paid': '已支付的单号再次下单',
  'the notification of a payment': '支付通知',
  'an unpaid order': '查询未支付的订单',
  'an order that does not exist': '查询不存在的订单',
  'each coupon of a payment': '支付所用的每张优惠券',
  'closing within 5 minutes': '5 分钟内关单',
  'closing, then asking again': '关单后再次下单',
  'closing a closed order': '重复关单',
  'closing a paid order': '关闭已支付的订单',
  'closing an order that does not exist': '关闭不存在的订单',
  'a partial refund': '部分退款',
  'the same refund again': '原样再次退款',
  'the state of a refund': '查询退款状态',
  'a refund that does not exist': '查询不存在的退款',
  'the notification of a whole refund': '全额退款的通知',
  'an order after a refund': '查询退过款的订单',
  'an abnormal refund': '退款异常',
  'an abnormal refund once resolved': '退款异常处理后',
  'an abnormal refund paid out to the merchant': '异常退款退至商户账户',
  'a refund without funds': '余额不足的退款',
  'a refund of an order that does not exist': '对不存在的订单退款',
  'the bill at 10 the next morning': '次日 10 点下载账单',
  'the bill at 9:30': '次日 9 点半下载账单',
  'the bill at 8': '次日 8 点下载账单',
  'the bill of a day without trades': '没有交易的日期的账单',
  'a lost query': '查询丢失一次',
  'queries lost again and again': '查询一再丢失',
  'a lost answer to a request for payment': '下单的应答丢失',
  'a lost answer to a refund': '退款的应答丢失',
  'too many queries': '查询过于频繁',
  'system errors': '系统错误',
};

/** The table as a page prints it. */
export function printed(language: 'en' | 'zh'): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rows = storyNames().map((story) =>
    row([
      language === 'en' ? story : CHINESE[story],
      ...CHANNELS.map((channel) => `\`${saidOn(channel, story)}\``),
    ]),
  );
  const head = [language === 'en' ? 'story' : '场景', ...CHANNELS];
  return [row(head), row(head.map(() => '---')), ...rows].join('\n');
}

/** Every story, in the table's order. */
export function storyNames(): readonly StoryName[] {
  return Object.keys(TABLE).filter(isStoryName);
}

function isStoryName(name: string): name is StoryName {
  return Object.hasOwn(TABLE, name);
}
