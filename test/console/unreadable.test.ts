import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { order, paidAt, PAYER, refund, refundNo, START, tradeNo } from '../store/builders';
import { tamper } from '../store/sqlite/harness';
import { CHROMIUM, inBrowser, launch, openPage, signIn, visit } from './browser';
import { openShop, type Shop } from './shop';
import { expectText } from './watched';

jest.mock('../shop/fulfill', () => jest.requireActual<object>('./shop'));
jest.setTimeout(300_000);

let shop: Shop;
let browser: Browser;
beforeAll(async () => {
  if (CHROMIUM === null) return;
  shop = await openShop();
  browser = await launch();
});
afterAll(async () => {
  if (CHROMIUM === null) return;
  await browser.close();
  await shop.close();
});

inBrowser('what cannot be read', () => {
  test('is shown as it is stored on a page of its own, with the reason in words', async () => {
    const { orders, refunds } = shop.system.store;
    await orders.create(order(1, { payment: paidAt(1, START) }));
    await refunds.create(refund(2, { outTradeNo: tradeNo(2) }));
    for (const table of ['orders', 'refunds'])
      tamper(join(shop.dataDir, 'inbox.db'), `UPDATE ${table} SET history = '{"path":"rumour"}'`);
    const { page, errors } = await openPage(browser);
    await signIn(page, shop.url);
    for (const [place, number] of [
      ['orders', tradeNo(1)],
      ['refunds', refundNo(2)],
    ] as const) {
      await visit(page, `#/${place}/${number}`);
      await expectText(page.locator('h1'), number);
      await expectText(page.locator('.unreadable .advice'), 'One item cannot be read.');
      await expectText(page.locator('.unreadable pre'), 'rumour');
      expect(await page.locator('main').innerText()).not.toContain(PAYER);
      // Both are found by their number.
      await visit(page, `#/search?text=${number}`);
      await expectText(page.locator('.unreadable pre'), 'rumour');
    }
    expect(errors).toEqual([]);
    await page.context().close();
  });
});
