import type { Browser, Page } from 'playwright-core';
import { CHROMIUM, inBrowser, launch, openPage, signIn, visit, type Opened } from './browser';
import { plant, type Planted } from './planted';
import { MERCHANT, openShop, warehouse, type Shop } from './shop';
import { eventually, expectCount, expectText, expectTexts, settled } from './watched';

jest.mock('../shop/fulfill', () => jest.requireActual<object>('./shop'));
jest.setTimeout(300_000);

let shop: Shop;
let planted: Planted;
let browser: Browser;
let on: Opened;
beforeAll(async () => {
  if (CHROMIUM === null) return;
  shop = await openShop();
  planted = await plant(shop);
  browser = await launch();
  on = await openPage(browser, { viewport: { width: 390, height: 760 } });
  await signIn(on.page, shop.url);
});
afterAll(async () => {
  if (CHROMIUM === null) return;
  await browser.close();
  await shop.close();
  expect(on.errors).toEqual([]);
});

const payments = (page: Page) => page.locator('.panel', { has: page.locator('#payments') });
const attention = (page: Page) => page.locator('.attention [data-row-link]');

/** Waits until the overview, which has lists of its own, has given way to the list it led to. */
async function listed(page: Page): Promise<void> {
  await page.locator('.attention').waitFor({ state: 'detached' });
  await settled(page);
}

/**
 * Goes to the overview and taps the item with this text; then the first row of the list. Returns
 * the number of taps.
 */
async function find(page: Page, text: string): Promise<number> {
  await visit(page, '#/');
  await attention(page).filter({ hasText: text }).click();
  await listed(page);
  const list = page.url();
  await page.locator('.list tbody [data-row-link]').first().click();
  await page.waitForURL((url) => url.href !== list);
  await settled(page);
  return 2;
}

/**
 * Presses an action's button, says why, and waits until it is done. Returns the number of taps,
 * besides the typing.
 */
async function act(page: Page, action: string, why: string | null): Promise<number> {
  await page.getByRole('button', { name: action, exact: true }).first().click();
  const dialog = page.locator('dialog[open]');
  if (why !== null) await dialog.locator('textarea').fill(why);
  await dialog.locator('[type=submit]').click();
  await dialog.waitFor({ state: 'detached' });
  return 2;
}

/**
 * Repeats until the page shows it. The page only refreshes now and then, and a worker may run later
 * than that.
 */
async function shows(page: Page, expected: () => Promise<void>): Promise<void> {
  await eventually(page, async () => {
    await shop.settled();
    await page.keyboard.press('r');
    await settled(page);
    await expected();
  });
}

/** Waits until the state of the item that is shown is this. */
const stands = (page: Page, state: string): Promise<void> =>
  shows(page, async () => {
    expect(await page.locator('.bar .chip', { hasText: state }).count()).toBe(1);
  });

/** Waits until the overview calls for this no longer. */
async function gone(page: Page, text: string): Promise<void> {
  await visit(page, '#/');
  await shows(page, async () => {
    // A page that shows no overview calls for nothing.
    expect(await page.locator('#verdict').count()).toBe(1);
    expect(await attention(page).filter({ hasText: text }).count()).toBe(0);
  });
}

/** A fault is found and fixed with so many taps on a phone. */
const MOST_TAPS = 4;

inBrowser('an operator who has read only the README, on a phone', () => {
  test('finds a failed delivery, fixes it and sees it gone', async () => {
    const { page } = on;
    const found = await find(page, 'Paid, not fulfilled');
    expect(page.url()).toContain(planted.unfulfilled);
    await expectText(page.locator('.advice'), 'the warehouse has no cups');
    warehouse.cupsAreBroken = false;
    expect(found + (await act(page, 'Retry fulfilment', 'cups came'))).toBeLessThanOrEqual(MOST_TAPS);
    await stands(page, 'fulfilled');
    await gone(page, 'Paid, not fulfilled');
  });

  test('finds a failed delivery that nobody can make good, refunds it and sees it gone', async () => {
    const { page } = on;
    warehouse.cupsAreBroken = true;
    const sold = await shop.sell('cup', 2);
    const found = await find(page, 'Paid, not fulfilled');
    expect(page.url()).toContain(sold);
    await shop.simulate('script-refund', { outRefundNo: null, script: { outcome: 'succeeds' } });
    expect(found + (await act(page, 'Refund', 'there will be no more cups'))).toBeLessThanOrEqual(MOST_TAPS);
    await gone(page, 'Paid, not fulfilled');
    await expectText(page.locator('.equation'), '1 failed and refunded');
    warehouse.cupsAreBroken = false;
  });

  test('finds a payment of another amount, returns it and sees it gone, its message and its order with it', async () => {
    const { page } = on;
    const found = await find(page, 'Amount mismatch');
    await expectTexts(page.locator('.sides strong'), ['¥1.00', '¥116.00']);
    // The advice names what the page offers, and nothing else.
    const offered = ['Accept payment', 'Return payment', 'Resolve'];
    await expectTexts(page.locator('.bar .actions button'), offered);
    await expectTexts(page.locator('.offers strong'), offered);
    // The refund before this one was scripted to be abnormal, and so would all that follow.
    await shop.simulate('script-refund', { outRefundNo: null, script: { outcome: 'succeeds' } });
    const taps = found + (await act(page, 'Return payment', 'the customer orders again'));
    expect(taps).toBeLessThanOrEqual(MOST_TAPS);
    await stands(page, 'resolved');
    await gone(page, 'Amount mismatch');
    await gone(page, 'Dead letters');
    await visit(page, `#/orders/${planted.wrongAmount}`);
    await stands(page, 'closed');
    await expectText(payments(page), 'Mismatch');
    await expectCount(payments(page).locator('.actions button'), 0);
  });

  test('comes from a dead letter, and returns its payment where it is shown', async () => {
    const { page } = on;
    await shop.sell('tea', 3, { wrongAmount: 100 });
    const found = await find(page, 'Dead letters');
    await expectText(page.locator('.panel', { has: page.locator('#payment') }), '¥1.00');
    const taps = found + (await act(page, 'Return payment', 'the customer orders again'));
    expect(taps).toBeLessThanOrEqual(MOST_TAPS);
    await gone(page, 'Dead letters');
    await gone(page, 'Amount mismatch');
  });

  test('finds what the statement lacks and what only it has, and closes each with a reason', async () => {
    const { page } = on;
    for (const [what, why] of [
      ['Paid here, not in the bill', 'WeChat Pay confirmed it by telephone'],
      ['Paid, no such order', 'an order of the old shop'],
      ['Fee mismatch', 'the new rate holds since March'],
    ] as const) {
      expect((await find(page, what)) + (await act(page, 'Resolve', why))).toBeLessThanOrEqual(MOST_TAPS);
      await gone(page, what);
    }
  });

  test('finds a refund that could not be paid out, and sees it gone once the merchant platform has dealt with it', async () => {
    const { page } = on;
    await visit(page, '#/');
    await attention(page).filter({ hasText: 'Abnormal refunds' }).click();
    await listed(page);
    await expectText(page.locator('.advice'), 'merchant platform');
    const outRefundNo = await page.locator('.list tbody [data-row-link]').textContent();
    await shop.simulate('resolve-refund', { outRefundNo, as: 'SUCCESS' });
    await gone(page, 'Abnormal refunds');
    await expectText(page.locator('.equation'), '10 fulfilled');
    await expectCount(page.locator('.attention .bad'), 0);
  });
});

inBrowser('every action', () => {
  beforeAll(() => on.page.setViewportSize({ width: 1360, height: 900 }));

  test('accepts a payment of another amount, and the order is fulfilled', async () => {
    const { page } = on;
    const outTradeNo = await shop.sell('tea', 1, { wrongAmount: 4_000 });
    await visit(page, `#/orders/${outTradeNo}`);
    await act(page, 'Accept payment', 'a regular customer');
    await stands(page, 'fulfilled');
    await expectText(payments(page), '¥40.00');
    await expectText(payments(page), 'a regular customer');
    const { items } = await shop.ask('list_audit', { subject: outTradeNo });
    expect(items).toMatchObject([
      { action: 'accept_payment', outcome: 'done', reason: 'a regular customer' },
    ]);
    await gone(page, 'Amount mismatch');
  });

  test('returns the second of two payments by its own number', async () => {
    const { page } = on;
    const outTradeNo = await shop.sell('tea', 1);
    const paid = shop.system.simulator?.describe(outTradeNo)?.order.payment?.transactionId;
    await shop.simulate('pay', { outTradeNo, faults: { again: true } });
    await shop.settled();
    await visit(page, `#/orders/${outTradeNo}`);
    await act(page, 'Return payment', 'paid twice');
    await gone(page, 'Duplicate payment');
    const refunds = shop.system.simulator?.describe(outTradeNo)?.refunds ?? [];
    expect(refunds).toHaveLength(1);
    expect(refunds[0]?.state).toBe('SUCCESS');
    expect(refunds[0]?.transactionId).not.toBe(paid);
  });

  test('asks WeChat Pay about a silent order and refunds a part of it, never more than is left', async () => {
    const { page } = on;
    const silent = await shop.sell('tea', 1, { lose: 'all' });
    await visit(page, `#/orders/${silent}`);
    await act(page, 'Query order', null);
    await stands(page, 'fulfilled');
    await shop.simulate('script-refund', { outRefundNo: null, script: { outcome: 'pending' } });
    await page.getByRole('button', { name: 'Refund', exact: true }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.locator('textarea').fill('the box was dented');
    await dialog.getByLabel('Part of it').check();
    for (const [typed, problem] of [
      ['58.01', 'Enter an amount from ¥0.01 to ¥58.00.'],
      ['0', 'Enter an amount'],
      ['1.005', 'Enter an amount'],
    ] as const) {
      await dialog.locator('input[type=text]').fill(typed);
      await dialog.locator('[type=submit]').click();
      // What was said of the last one is still there until then.
      await settled(page);
      await expectText(dialog.locator('.problem'), problem);
    }
    await dialog.locator('input[type=text]').fill('8.50');
    await dialog.locator('[type=submit]').click();
    await dialog.waitFor({ state: 'detached' });
    await page.locator('.item', { hasText: '¥8.50' }).waitFor();
    await act(page, 'Query refund', null);
    const { items } = await shop.ask('list_audit', { subject: silent });
    expect(items).toMatchObject([
      { action: 'refund_order', outcome: 'done', reason: 'the box was dented' },
      { action: 'ask_order' },
    ]);
  });

  test('closes an order nobody paid, and says why it cannot be done yet', async () => {
    const { page } = on;
    // For the simulator, which is fast, an order is old enough in a moment.
    shop.standStill();
    const { body } = await shop.call('createOrder', {
      requestId: 'request-unpaid',
      cart: [{ sku: 'tea', count: 1 }],
    });
    await visit(page, `#/orders/${String(body['outTradeNo'])}`);
    await page.getByRole('button', { name: 'Close order', exact: true }).click();
    await page.locator('dialog [type=submit]').click();
    await expectText(page.locator('dialog .results .bad'), 'five minutes');
    await page.locator('dialog footer button').click();
    await expectCount(page.locator('dialog'), 0);
    shop.pass(600_000);
    await act(page, 'Close order', null);
    await stands(page, 'closed');
  });

  test('replays and dismisses many at once, each answered for itself, and replays by filter', async () => {
    const { page } = on;
    for (const count of [1, 2, 3]) await shop.sell('tea', count, { wrongAmount: 100 });
    await visit(page, '#/messages?state=dead&reason=mismatch');
    await expectCount(page.locator('tbody tr'), 3);
    await page.locator('thead input').check();
    await expectTexts(page.locator('.bulk button'), ['Replay 3', 'Dismiss 3']);
    const key = await page.locator('tbody [data-row-link]').first().textContent();
    await page.locator('.bulk button', { hasText: 'Dismiss' }).click();
    await page.locator('dialog textarea').fill('test orders');
    // Somebody else deals with one of them while the dialog is open; earlier, the list could have
    // shown that.
    await shop.ask('act', { action: 'dismiss_message', names: [key], reason: 'mine' });
    await page.locator('dialog [type=submit]').click();
    await expectTexts(page.locator('dialog .chip'), ['2 done', '1 refused']);
    await expectText(page.locator('dialog .results .bad'), 'Reload and check it');
    await page.locator('dialog footer button').click();
    await expectCount(page.locator('dialog'), 0);
    await page.locator('.empty').waitFor();
    await visit(page, '#/messages?state=dead&reason=operator');
    await page.getByRole('button', { name: 'Replay by filter' }).click();
    await page.locator('dialog textarea').fill('once more');
    await page.locator('dialog [type=submit]').click();
    await page.locator('dialog .tally', { hasText: '6 messages replayed' }).waitFor();
    await page.locator('dialog footer button').first().click();
    await expectCount(page.locator('dialog'), 0);
    await shop.settled();
    await visit(page, '#/audit');
    await expectText(page.locator('tbody tr').first(), 'Replay by filter');
  });

  test('runs a statement day again', async () => {
    const { page } = on;
    await visit(page, `#/runs/${MERCHANT}%3A20260301`);
    await act(page, 'Rerun day', 'WeChat Pay says that its file was fixed');
    await stands(page, 'waiting');
    await shop.run('reconcileStatement');
    await stands(page, 'compared');
    await expectText(page.locator('.facts').first(), 'Round2');
  });

  test('says what to do when the server is gone, and goes on when it is back', async () => {
    // A page of its own: nothing asks again by itself, as after an action.
    const { page } = await openPage(browser);
    await signIn(page, shop.url);
    await visit(page, '#/orders');
    await page.context().setOffline(true);
    await page.keyboard.press('r');
    await expectText(page.locator('.trouble'), 'cannot be reached');
    await settled(page);
    expect(await page.locator('tbody tr').count()).toBeGreaterThan(5);
    await page.context().setOffline(false);
    await page.locator('.trouble button').click();
    await page.locator('.trouble').waitFor({ state: 'detached' });
    await page.context().close();
  });
});
