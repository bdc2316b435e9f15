/*
 * One purchase after another, from the cart to the goods. Nothing here needs a page.
 *
 *   buy ── createOrder ──▶ wx.requestPayment ── done, or nobody knows ──▶ follow ──▶ a state
 *                                └─ cancelled ──▶ look once ──▶ cancelled, or paid after all
 *
 * A purchase keeps its requestId in storage until it is over. So a tap too many, a lost answer and
 * a mini program that was closed all lead to the same order, which can be paid once. Once its sheet
 * was shown it is never called unpaid, unless the payer cancelled it.
 */

const KEPT = 'purchase';

/** A call without an answer, or one that may be repeated, is made this often at most. */
const TRIES = 3;

/** The first wait between them, in ms. The second is twice as long: ORDER_BUSY lasts for 5 s. */
const AGAIN_MS = 2000;

/** Waits between questions after a payment, in ms: 56 s in all. */
const WAITS = [1000, 1000, 2000, 3000, 5000, 5000, 5000, 8000, 8000, 8000, 10000];

/** No further question is asked after this long, in ms, however slow the answers are. */
const FOLLOW_MS = 60000;

/** What the payer is told of each state. */
const WORDS = {
  unpaid: { title: '待付款', hint: '订单已保留，您可以继续付款。' },
  confirming: { title: '付款确认中', hint: '付款结果稍后确认，请勿重复付款。' },
  paid: { title: '已付款', hint: '商家正在为您发货。' },
  fulfilled: { title: '已发货', hint: '' },
  attended: { title: '已付款', hint: '订单正由商家处理，如有疑问请联系商家。' },
  closed: { title: '已关闭', hint: '订单未付款，已关闭。' },
};

/** What the payer is told of a code; any other is the fault of the shop. */
const REFUSALS = {
  NO_PAYER: '请重新登录。',
  ORDER_NOT_FOUND: '没有找到该订单。',
  ORDER_NOT_PAYABLE: '订单已无法付款，请重新下单。',
  TOO_EARLY_TO_CLOSE: '请 5 分钟后再试。',
  ORDER_BUSY: '请稍后重试。',
  WECHAT_PAY_UNKNOWN: '微信支付繁忙，请重试。',
};
const BROKEN = '出错了，请稍后再试。';

/** The state of an order as the payer is told it; `mayBePaid`: they may just have paid. */
function stateOf(order, mayBePaid) {
  switch (order.payment) {
    case 'paid':
      if (order.fulfilment === 'done') return 'fulfilled';
      return order.fulfilment === 'due' ? 'paid' : 'attended';
    case 'closed':
    case 'failed':
      return 'closed';
    default:
      return mayBePaid ? 'confirming' : 'unpaid';
  }
}

function newRequestId() {
  const random = () => Math.random().toString(36).slice(2, 12);
  return `mp-${Date.now().toString(36)}-${random()}${random()}`.slice(0, 64);
}

/** Opens the shop. `sleep` and `requestId` are for tests. */
function openShop({
  wx,
  call,
  sleep = (ms) => new Promise((done) => setTimeout(done, ms)),
  requestId = newRequestId,
}) {
  const kept = () => wx.getStorageSync(KEPT) || null;
  const keep = (purchase) => {
    wx.setStorageSync(KEPT, purchase);
    return purchase;
  };
  const over = () => wx.removeStorageSync(KEPT);

  /** Repeats a call that has no answer, or whose answer says that a repeat may help. */
  const ask = async (name, data, tries = TRIES) => {
    for (let tried = 1; ; tried += 1) {
      const answer = await call(name, data).catch(() => null);
      const isOver = answer !== null && (answer.ok || !answer.retry);
      if (isOver || tried >= tries) return answer || { ok: false, code: 'NO_ANSWER', retry: true };
      await sleep(AGAIN_MS * tried);
    }
  };

  const refused = ({ code, message }) => ({
    state: 'refused',
    code,
    title:
      code === 'PRICE_REFUSED'
        ? message
        : REFUSALS[code] || (code === 'NO_ANSWER' ? '网络异常，请重试。' : BROKEN),
    hint: '',
  });

  const shown = (order, mayBePaid) => {
    const state = stateOf(order, mayBePaid);
    const { title, hint } = WORDS[state];
    return { state, order, title, hint: state === 'fulfilled' ? order.receipt || hint : hint };
  };

  /** The purchase of this order; null when it is over, or was never made here. */
  const purchaseOf = (outTradeNo) => {
    const purchase = kept();
    return purchase !== null && purchase.outTradeNo === outTradeNo ? purchase : null;
  };

  /** How an order stands now. One that may be paid is confirmed later if there is no answer. */
  const look = async (outTradeNo, tries = TRIES) => {
    const purchase = purchaseOf(outTradeNo);
    const mayBePaid = purchase !== null && purchase.mayBePaid;
    const answer = await ask('queryOrder', { outTradeNo }, tries);
    if (!answer.ok) {
      return mayBePaid && answer.retry ? { state: 'confirming', ...WORDS.confirming } : refused(answer);
    }
    if (purchase !== null && answer.order.payment !== 'pending') over();
    return shown(answer.order, mayBePaid);
  };

  /** Asks until the payment is known and the goods are on their way, within a minute. */
  const follow = async (outTradeNo, show = () => undefined) => {
    const until = Date.now() + FOLLOW_MS;
    let last = await look(outTradeNo, 1);
    for (const ms of WAITS) {
      show(last);
      if (last.state !== 'confirming' && last.state !== 'paid') return last;
      if (Date.now() + ms > until) return last;
      await sleep(ms);
      last = await look(outTradeNo, 1);
    }
    show(last);
    return last;
  };

  /** `done`: the payer saw a success; `cancelled`: they went back; otherwise nobody knows. */
  const pay = (payment, outTradeNo) => {
    if (call.pay) {
      return call.pay(outTradeNo).then(
        () => 'done',
        () => 'unknown',
      );
    }
    return new Promise((resolve) => {
      wx.requestPayment(
        Object.assign({}, payment, {
          success: () => resolve('done'),
          fail: ({ errMsg = '' }) => resolve(/cancel/.test(errMsg) ? 'cancelled' : 'unknown'),
        }),
      );
    }).catch(() => 'unknown');
  };

  /** The order of this cart, made or found again. One that cannot be paid any more is given up. */
  const order = async (cart, mayBeGivenUp = true) => {
    const text = JSON.stringify(cart);
    const before = kept();
    const purchase =
      before !== null && before.cart === text
        ? before
        : keep({ requestId: requestId(), cart: text, outTradeNo: null, mayBePaid: false });
    const made = await ask('createOrder', { requestId: purchase.requestId, cart });
    if (made.ok) {
      keep(Object.assign({}, purchase, { outTradeNo: made.outTradeNo }));
      return made;
    }
    if (made.code === 'ORDER_ALREADY_PAID' && purchase.outTradeNo !== null) {
      return { ok: true, outTradeNo: purchase.outTradeNo, payment: null };
    }
    const isGivenUp = made.code === 'ORDER_NOT_PAYABLE' || made.code === 'REQUEST_ID_REUSED';
    if (!isGivenUp || !mayBeGivenUp) return made;
    over();
    return order(cart, false);
  };

  /** Buys a cart. `show` is told each state on the way; resolves with the last one. */
  const buy = async (cart, show = () => undefined) => {
    const made = await order(cart);
    if (!made.ok) return refused(made);
    const { outTradeNo, payment } = made;
    const purchase = kept();
    // Before the sheet: a payer who pays and closes the mini program has paid.
    if (payment !== null) keep(Object.assign({}, purchase, { mayBePaid: true }));
    const paid = payment === null ? 'done' : await pay(payment, outTradeNo);
    if (paid === 'cancelled') keep(purchase);
    const last = paid === 'cancelled' ? await look(outTradeNo) : await follow(outTradeNo, show);
    return Object.assign({ outTradeNo }, last);
  };

  /** Gives up an unpaid order. It may turn out to be paid. */
  const close = async (outTradeNo) => {
    const answer = await ask('closeOrder', { outTradeNo });
    if (!answer.ok) return refused(answer);
    if (answer.order.payment !== 'pending' && purchaseOf(outTradeNo) !== null) over();
    return shown(answer.order, false);
  };

  return { buy, look, follow, close, kept };
}

module.exports = { openShop };
