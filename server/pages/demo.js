// The demo page: the mini program, the payer and a look behind the scenes in one.
const TEXTS = {
  zh: {
    language: 'English',
    lead: '下一单，用模拟的微信支付付款，看通知如何入库、处理、发货。下面可以选择一种异常情况。',
    console: '打开运营控制台 →',
    orderTitle: '下单',
    articles: '商品',
    merchant: '商户',
    trouble: '异常情况',
    buy: '下单并付款',
    ordersTitle: '最近的订单',
    storyTitle: '订单时间线',
    empty: '还没有订单',
    ask: '查单中…',
    paid: '已付款',
    pending: '待付款',
    closed: '已关闭',
    failed: '付款失败',
    none: '',
    due: '待发货',
    done: '已发货',
    dead: '发货失败',
    troubles: {
      fine: '一切正常',
      five: '同时收到五条通知',
      lostFirst: '第一条通知丢失（加速后约 0.25 秒重发）',
      lostAll: '所有通知丢失（打开订单时会查单）',
      late: '通知晚到 3 秒',
      coupon: '用了 1 元代金券',
      wrong: '微信支付返回的金额不符',
      forged: '未付款，只有一条伪造的通知',
    },
    deliveries: (n, acks) => `微信支付发送 ${n} 次，其中 ${acks} 次得到应答`,
    message: (m) =>
      `收件箱：${m.key}（收到 ${m.deliveries} 次，${m.state}${m.reason ? `：${m.reason}` : ''}）`,
    discrepancy: (d) =>
      `差异：${d.class}，我方 ${JSON.stringify(d.ours)}，微信支付 ${JSON.stringify(d.theirs)}`,
    forgedAnswer: (a) => `伪造的通知被拒绝：${JSON.stringify(a)}`,
    events: {
      created: '下单',
      prepaid: '已生成预支付单',
      paid: '已付款',
      closed: '已关闭',
      failed: '付款失败',
      fulfilled: '已发货',
      fulfilment_failed: '发货失败，稍后重试',
    },
  },
  en: {
    language: '中文',
    lead: 'Create an order, pay it with a simulated WeChat Pay and see how the notification is stored and processed and the order is fulfilled. Choose a fault below.',
    console: 'Open the operator console →',
    orderTitle: 'Order',
    articles: 'Articles',
    merchant: 'Merchant',
    trouble: 'Fault',
    buy: 'Order and pay',
    ordersTitle: 'Recent orders',
    storyTitle: 'Timeline of this order',
    empty: 'No orders yet',
    ask: 'Querying…',
    paid: 'paid',
    pending: 'pending',
    closed: 'closed',
    failed: 'failed',
    none: '',
    due: 'fulfilment due',
    done: 'fulfilled',
    dead: 'fulfilment failed',
    troubles: {
      fine: 'None',
      five: 'Five notifications at once',
      lostFirst: 'The first notification is lost (redelivered after about 0.25 s here)',
      lostAll: 'All notifications are lost (opening the order queries WeChat Pay)',
      late: 'The notification is 3 s late',
      coupon: 'A coupon of 1 yuan is used',
      wrong: 'WeChat Pay reports another amount',
      forged: 'No payment, only a forged notification',
    },
    deliveries: (n, acks) => `WeChat Pay delivered ${n} time(s), ${acks} acknowledged`,
    message: (m) =>
      `inbox: ${m.key} (received ${m.deliveries} time(s), ${m.state}${m.reason ? `: ${m.reason}` : ''})`,
    discrepancy: (d) =>
      `discrepancy: ${d.class}, ours ${JSON.stringify(d.ours)}, theirs ${JSON.stringify(d.theirs)}`,
    forgedAnswer: (a) => `The forged notification was refused: ${JSON.stringify(a)}`,
    events: {
      created: 'order created',
      prepaid: 'prepay order created',
      paid: 'paid',
      closed: 'closed',
      failed: 'payment failed',
      fulfilled: 'fulfilled',
      fulfilment_failed: 'fulfilment failed, will be retried',
    },
  },
};
const ARTICLES = [
  ['tea', '龙井茶 50g', 5800],
  ['cup', '青瓷杯', 3200],
  ['cake', '绿豆糕', 990],
];
const FAULTS = {
  fine: {},
  five: { faults: { concurrent: 5 } },
  lostFirst: { faults: { lose: 'first' } },
  lostAll: { faults: { lose: 'all' } },
  late: { faults: { delayMs: 3000 } },
  coupon: { coupon: 100 },
  wrong: { faults: { wrongAmount: 1 } },
};
/** The page queries an order this often, for 10 s. */
const ASK_EVERY_MS = 400;
const ASK_TIMES = 25;

const payer = stored('payer', () => `o${crypto.randomUUID().replaceAll('-', '')}`.slice(0, 28));
let language = stored('language', () => (navigator.language.startsWith('zh') ? 'zh' : 'en'));
let opened = null;

const $ = (id) => document.getElementById(id);
const text = () => TEXTS[language];
const yuan = (fen) => `¥${(fen / 100).toFixed(2)}`;
const clock = (ms) =>
  new Date(ms).toLocaleTimeString(language === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: 'Asia/Shanghai' });

function stored(key, make) {
  const value = localStorage.getItem(key) ?? make();
  localStorage.setItem(key, value);
  return value;
}

function element(name, className, content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = content;
  return made;
}

/**
 * Logs in like a mini program: `wx.login` gave a code, and the server answers a token for two
 * hours.
 */
let login = null;
async function tokenOf() {
  if (login === null || login.expiresAt - Date.now() < 60_000) {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ code: payer });
    const answer = await (await fetch('/functions/login', { method: 'POST', headers, body })).json();
    login = answer.ok ? answer : null;
  }
  return login?.token;
}

async function call(path, body) {
  const headers = { 'content-type': 'application/json' };
  if (path.startsWith('/functions/')) headers.authorization = `Bearer ${await tokenOf()}`;
  const response = await fetch(
    path,
    body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) },
  );
  return response.json();
}

function speak() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  $('language').textContent = text().language;
  for (const each of document.querySelectorAll('[data-text]')) each.textContent = text()[each.dataset.text];
  const trouble = $('trouble').value || 'fine';
  $('trouble').replaceChildren(
    ...Object.entries(text().troubles).map(([value, label]) => {
      const option = element('option', '', label);
      option.value = value;
      return option;
    }),
  );
  $('trouble').value = trouble;
}

function showArticles() {
  for (const [sku, name, price] of ARTICLES) {
    const label = document.createElement('label');
    const count = document.createElement('input');
    Object.assign(count, { type: 'number', name: sku, min: 0, max: 99, value: sku === 'tea' ? 1 : 0 });
    label.append(count, element('span', '', `${name} ${yuan(price)}`));
    $('articles').append(label);
  }
}

/** Lets one choose the merchant, and so the channel, when there are several. */
async function showMerchants() {
  const { merchants = [] } = await call('/demo/merchants');
  const options = merchants.map(({ subMchId, name, channel }) => {
    const option = element('option', '', `${name || subMchId} (${channel})`);
    option.value = subMchId;
    return option;
  });
  if (options.length < 2) return;
  $('merchant').replaceChildren(...options);
  $('merchant-choice').hidden = false;
}

async function buy(event) {
  event.preventDefault();
  const merchant = $('merchant').value || undefined;
  const cart = ARTICLES.map(([sku]) => ({
    sku,
    count: Number($('cart').elements[sku].value),
    merchant,
  })).filter((line) => line.count > 0);
  const made = await call('/functions/createOrder', { requestId: crypto.randomUUID(), cart });
  if (!made.ok) return notice(made.message, 'bad');
  const trouble = $('trouble').value;
  if (trouble === 'forged') {
    const forged = await call('/simulator/forge', { outTradeNo: made.outTradeNo });
    notice(text().forgedAnswer(forged.answer), 'good');
  } else {
    const paid = await call('/simulator/pay', { outTradeNo: made.outTradeNo, ...FAULTS[trouble] });
    if (!paid.ok) return notice(paid.message, 'bad');
    notice(text().ask, 'wait');
  }
  opened = made.outTradeNo;
  await showOrders();
  await showStory(opened);
  if (trouble !== 'forged') await follow(made.outTradeNo);
}

/**
 * Queries like a mini program after wx.requestPayment, until the order is fulfilled or time is up.
 */
async function follow(outTradeNo) {
  for (let asked = 0; asked < ASK_TIMES; asked += 1) {
    const reply = await call('/functions/queryOrder', { outTradeNo });
    if (!reply.ok) return notice(reply.message, 'bad');
    notice(`${outTradeNo}: ${states(reply.order)}`, tone(reply.order));
    await showOrders();
    if (opened === outTradeNo) await showStory(outTradeNo);
    if (reply.order.fulfilment === 'done' || reply.order.payment === 'closed') return undefined;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  return undefined;
}

function states(order) {
  return [text()[order.payment], text()[order.fulfilment], order.receipt].filter(Boolean).join(' · ');
}

function tone(order) {
  if (order.fulfilment === 'dead' || order.payment === 'failed') return 'bad';
  return order.fulfilment === 'done' ? 'good' : 'wait';
}

function notice(message, className) {
  $('notice').className = className;
  $('notice').textContent = message;
}

async function showOrders() {
  const { orders = [] } = await call('/demo/orders');
  const rows = orders.map((order) => {
    const row = document.createElement('li');
    const open = document.createElement('button');
    open.type = 'button';
    open.append(element('time', '', clock(order.createdAt)), element('code', '', order.outTradeNo));
    open.append(element('span', tone(order), `${yuan(order.total)} ${states(order)}`));
    open.addEventListener('click', () => {
      opened = order.outTradeNo;
      void follow(order.outTradeNo);
    });
    row.append(open);
    return row;
  });
  $('orders').replaceChildren(...(rows.length > 0 ? rows : [element('li', 'wait', text().empty)]));
}

async function showStory(outTradeNo) {
  const story = await call(`/demo/orders/${encodeURIComponent(outTradeNo)}`);
  if (!story.ok) return;
  const steps = story.order.history.map((entry) =>
    step(
      entry.at,
      `${text().events[entry.event] ?? entry.event} (${entry.path})${entry.evidence ? ` ← ${entry.evidence}` : ''}`,
    ),
  );
  const behind = [
    ...story.messages.map((message) =>
      step(message.lastDeliveredAt, text().message(message), message.state === 'dead' ? 'bad' : ''),
    ),
    ...story.discrepancies.map((one) => step(one.lastSeenAt, text().discrepancy(one), 'bad')),
  ];
  if (story.simulator)
    behind.push(step(Date.now(), text().deliveries(story.simulator.deliveries, story.simulator.acks)));
  $('steps').replaceChildren(...steps, ...behind);
  $('story').hidden = false;
}

function step(at, message, className) {
  const made = document.createElement('li');
  made.append(element('time', '', clock(at)), element('span', className, message));
  return made;
}

$('cart').addEventListener('submit', (event) => void buy(event));
$('language').addEventListener('click', () => {
  language = language === 'zh' ? 'en' : 'zh';
  localStorage.setItem('language', language);
  speak();
  void showOrders();
  if (opened !== null) void showStory(opened);
});
showArticles();
void showMerchants();
speak();
void showOrders();
