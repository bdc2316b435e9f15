import type { PaymentMeans } from './order-row';
import { plainWord } from './order-states';

/** What follows the name of a means: `余额支付`. */
const ENDING = /_?(?:支付|付款|收款|结算|扣款|抵扣|pay|payment)$/;

/**
 * Words for means that are plainly not WeChat Pay. What WeChat Pay may stand behind is not here,
 * such as 在线支付, 扫码, 零钱, POS, and services that accept several means.
 */
const OTHER_MEANS: ReadonlySet<string> = new Set(
  `余额 账户余额 账号余额 帐户余额 会员余额 会员卡余额 钱包余额 商城余额 店铺余额 用户余额 平台余额 储值 储值卡 储值余额 充值卡 充值余额 预存款 预付款 预付卡 会员卡 购物卡 礼品卡 礼金卡
  提货卡 提货券 礼品券 积分 会员积分 积分抵扣 积分兑换 积分全额 兑换券 兑换码 团购券 抵用券
  现金 货到 货到现金 现金收款 支票 银行卡 信用卡 储蓄卡 借记卡 贷记卡 银行卡刷卡 网银 网上银行 企业网银 个人网银 银行转账 银行汇款 对公 对公转账 公对公转账
  公司转账 对公汇款 企业转账 电汇 汇款 邮政汇款 承兑汇票 银联 银联云闪 云闪 云闪付 银联在线 银联卡 银联二维码 中国银联 数字人民币 数币 e_cny
  花呗 花呗分期 蚂蚁花呗 余额宝 京东 京东白条 白条 抖音 抖音月付 美团 美团月付 翼支付 苹果 苹果内购 华为 贝宝
  月结 挂账 挂帐 赊账 赊销 记账 账期
  balance account_balance store_balance store_credit credits points gift_card giftcard stored_value prepaid_card
  cash cod cash_on_delivery cheque bank_card bankcard credit_card debit_card bank_transfer wire_transfer remittance
  unionpay quickpass union_quickpass jd jdpay paypal apple applepay apple_in_app iap douyin douyinpay huabei huawei ecny dcep digital_rmb
  credit_account on_account monthly_settlement`
    .split(/\s+/)
    .map(withoutEnding),
);

const WECHATS = /微信|wechat|weixin|wx|财付通|tenpay/;
/** Every product of Alipay is one: `支付宝小程序`, `alipay_wap`. */
const ALIPAY = /^(?:支付[宝寶]|蚂蚁支付|ali_?pay|zhi_?fu_?bao|zfb$)/;
const BETWEEN = /[,，、;；/|()+&＋和]+/;

/**
 * What the cell of the means says. Failure policy: fail closed. Only words that are known, each of
 * them plainly not WeChat Pay, excuse an order from the bill.
 */
export function paymentMeans(word: string): PaymentMeans {
  const parts = word
    .normalize('NFKC')
    .split(BETWEEN)
    .map(plainWord)
    .filter((part) => part !== '');
  if (parts.length === 0) return 'unstated';
  return parts.every(isOther) ? 'other' : 'comparable';
}

function isOther(part: string): boolean {
  if (WECHATS.test(part)) return false;
  return ALIPAY.test(part) || OTHER_MEANS.has(part) || OTHER_MEANS.has(withoutEnding(part));
}

/** `余额支付` and `余额` say the same. */
function withoutEnding(word: string): string {
  return word.replace(ENDING, '');
}

/**
 * The usual form of WeChat Pay's transaction IDs, also after a spreadsheet destroyed one. Alipay's
 * begin with their date.
 */
const WECHAT_TRANSACTION = /^[14](?:\d{27}|(?:\.\d+)?e\+27)$/i;

/** True for the cell of a transaction that is WeChat Pay's, by its form or its column's header. */
export function isWechats(transaction: string, header: string): boolean {
  if (transaction === '' || transaction === '0') return false;
  return WECHAT_TRANSACTION.test(transaction) || WECHATS.test(header.toLowerCase());
}
