import type { Browser } from 'playwright-core';
import { order, paidAt, START, tradeNo } from '../store/builders';
import { CHROMIUM, inBrowser, launch, openPage, signIn, visit } from './browser';
import { openShop, type Shop } from './shop';
import { eventually, expectCount, expectText, expectTexts } from './watched';

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

inBrowser('held orders', () => {
  test('are released together: each is previewed with its reason, and each has its own result', async () => {
    const { orders } = shop.system.store;
    for (const n of [1, 2]) {
      const fulfilment = { state: 'held', attempts: 0, heldAt: START, reason: 'refund_sum_unknown' } as const;
      await orders.create(order(n, { payment: paidAt(n, START), fulfilment }));
    }
    const { page, errors } = await openPage(browser);
    await signIn(page, shop.url);
    await visit(page, '#/orders?fulfilment=held');
    await page.locator('thead input[type=checkbox]').check();
    await page.locator('.bulk').getByRole('button', { name: 'Release hold' }).click();
    await expectTexts(page.locator('dialog .preview code'), [tradeNo(2), tradeNo(1)]);
    await expectText(page.locator('dialog .preview li').first(), '1.02');
    await expectText(page.locator('dialog .preview li').first(), 'refunded');
    // A colleague is quicker with one of them.
    expect(await orders.releaseHold(tradeNo(2), 'wu', 'seen', shop.now())).toBe(true);
    await page.locator('dialog textarea').fill('seen in the merchant platform');
    await page.locator('dialog [type=submit]').click();
    await expectCount(page.locator('dialog .results .good'), 1);
    await expectCount(page.locator('dialog .results .bad'), 1);
    await eventually(page, async () => {
      expect((await orders.counts()).fulfilment.held).toBe(0);
    });
    expect(errors).toEqual([]);
    await page.context().close();
  });
});
