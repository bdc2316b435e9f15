// The demo page: the mini program, the payer and a look behind the scenes in one.
import { TEXTS } from './demo-texts.js';

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
/** What the shop offers, from the server. */
let shop = { articles: [], merchants: [] };
/** What the notice says, in the language of the moment. */
let said = null;
/** Where the answer to the forged notification of an order is kept, until the tab is closed. */
const forgeryOf = (outTradeNo) => `forgery ${outTradeNo}`;

const $ = (id) => document.getElementById(id);
const text = () => TEXTS[language];
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

/** The articles, and the merchants, and so the channels, when there are several. */
async function showShop() {
  shop = await call('/demo/shop');
  for (const { sku } of shop.articles ?? []) {
    const label = document.createElement('label');
    const count = document.createElement('input');
    Object.assign(count, { type: 'number', name: sku, min: 0, max: 99, value: sku === 'tea' ? 1 : 0 });
    const name = element('span', '', '');
    name.dataset.sku = sku;
    label.append(count, name);
    $('articles').append(label);
  }
  nameArticles();
  const options = (shop.merchants ?? []).map(({ subMchId, name, channel }) => {
    const option = element('option', '', `${name || subMchId} (${channel})`);
    option.value = subMchId;
    return option;
  });
  if (options.length < 2) return;
  $('merchant').replaceChildren(...options);
  $('merchant-choice').hidden = false;
}

function nameArticles() {
  for (const { sku, amount } of shop.articles ?? []) {
    const name = document.querySelector(`[data-sku="${sku}"]`);
    if (name) name.textContent = `${text().article[sku] ?? sku} ${amount}`;
  }
}

async function buy(event) {
  event.preventDefault();
  const merchant = $('merchant').value || undefined;
  const cart = shop.articles
    .map(({ sku }) => ({
      sku,
      count: Number($('cart').elements[sku].value),
      merchant,
    }))
    .filter((line) => line.count > 0);
  const made = await call('/functions/createOrder', { requestId: crypto.randomUUID(), cart });
  if (!made.ok) return notice(() => text().refused(made.code), 'bad');
  opened = made.outTradeNo;
  const trouble = $('trouble').value;
  if (trouble === 'forged') {
    const forged = await call('/simulator/forge', { outTradeNo: made.outTradeNo });
    sessionStorage.setItem(forgeryOf(made.outTradeNo), forged.answer?.errcode ?? forged.code);
    notice(() => forgedText(made.outTradeNo), 'good');
  } else {
    const paid = await call('/simulator/pay', { outTradeNo: made.outTradeNo, ...FAULTS[trouble] });
    if (!paid.ok) return notice(() => text().refused(paid.code), 'bad');
    notice(() => text().ask, 'wait');
  }
  await showOrders();
  await showStory(made.outTradeNo);
  if (trouble !== 'forged') await follow(made.outTradeNo);
}

/**
 * Queries like a mini program after wx.requestPayment, until the order is fulfilled or time is up.
 */
async function follow(outTradeNo) {
  for (let asked = 0; asked < ASK_TIMES; asked += 1) {
    const reply = await call('/functions/queryOrder', { outTradeNo });
    // Another order was opened meanwhile: the notice is about that one.
    if (opened !== outTradeNo) return undefined;
    if (!reply.ok) return notice(() => text().refused(reply.code), 'bad');
    const { order } = reply;
    notice(
      () => [`${outTradeNo}: ${states(order)}`, forgedText(outTradeNo)].filter(Boolean).join(text().stop),
      tone(order),
    );
    await showOrders();
    await showStory(outTradeNo);
    if (reply.order.fulfilment === 'done' || reply.order.payment === 'closed') return undefined;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  return undefined;
}

function states(order) {
  return [text().payment[order.payment], text().fulfilment[order.fulfilment], order.receipt]
    .filter(Boolean)
    .join(' · ');
}

function tone(order) {
  if (order.fulfilment === 'dead' || order.payment === 'failed') return 'bad';
  return order.fulfilment === 'done' ? 'good' : 'wait';
}

/** The result of a forged notification about an order; null when there was none. */
function forgedText(outTradeNo) {
  const answer = sessionStorage.getItem(forgeryOf(outTradeNo));
  return answer === null ? null : text().forged(answer);
}

/** `write` makes the text again when the language changes. */
function notice(write, className) {
  said = write;
  $('notice').className = className;
  $('notice').textContent = write();
}

async function showOrders() {
  const { orders = [] } = await call('/demo/orders');
  const rows = orders.map((order) => {
    const row = document.createElement('li');
    const open = document.createElement('button');
    open.type = 'button';
    open.append(element('time', '', clock(order.createdAt)), element('code', '', order.outTradeNo));
    open.append(element('span', tone(order), `${order.amount} ${states(order)}`));
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
      `${text().events[entry.event] ?? entry.event} · ${pathText(entry.path)}${entry.evidence ? ` ← ${entry.evidence}` : ''}`,
    ),
  );
  const behind = [
    ...story.messages.map((message) =>
      step(message.lastDeliveredAt, messageText(message, story), message.state === 'dead' ? 'bad' : ''),
    ),
    ...story.discrepancies.map((one) =>
      step(one.lastSeenAt, text().discrepancy(text().differs[one.class] ?? one.class, one), 'bad'),
    ),
    ...(forgedText(outTradeNo) === null ? [] : [step(story.order.createdAt, forgedText(outTradeNo), 'good')]),
  ];
  if (story.simulator)
    behind.push(step(Date.now(), text().deliveries(story.simulator.deliveries, story.simulator.acks)));
  $('steps').replaceChildren(...steps, ...behind);
  $('story').hidden = false;
}

const pathText = (path) => text().path[path] ?? path;

function messageText(message, story) {
  const words = text();
  const named = {
    key: message.key,
    state: words.messageState[message.state],
    reason: words.death[message.reason] ?? message.reason,
  };
  return words.message(named, words.received(message.deliveries, parts(message, story)));
}

/**
 * How often a message was received by which path. An inbox counts every time; the simulator knows
 * how many of them were notifications, and the rest was found otherwise.
 */
function parts({ deliveries, confirmedBy }, { messages, simulator }) {
  const others = confirmedBy.filter((path) => path !== 'callback');
  const notified = confirmedBy.includes('callback') ? Math.min(simulator?.acks ?? 0, deliveries) : 0;
  const comma = language === 'zh' ? '、' : ', ';
  if (messages.length > 1 || others.length > 1 || simulator === null) {
    return confirmedBy.map(pathText).join(comma);
  }
  const rest = deliveries - notified;
  return [
    ...(notified > 0 ? [text().part(notified, pathText('callback'))] : []),
    ...(rest > 0 ? [text().part(rest, pathText(others[0] ?? 'callback'))] : []),
  ].join(comma);
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
  nameArticles();
  if (said !== null) $('notice').textContent = said();
  void showOrders();
  if (opened !== null) void showStory(opened);
});
void showShop();
speak();
void showOrders();
