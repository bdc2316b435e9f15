import type { Browser, Route } from 'playwright-core';
import { sha256Of } from '../../lib/ops/people/tokens';
import { later } from '../../lib/values/instant';
import { claimAt, order, paidAt, START, tradeNo } from '../store/builders';
import { CHROMIUM, inBrowser, launch, openPage, signIn, visit } from './browser';
import { sticksOut, smallTargets } from './look';
import { openShop, type Shop } from './shop';
import { expectCount, expectText, expectTexts, settled } from './watched';

jest.mock('../shop/fulfill', () => jest.requireActual<object>('./shop'));
jest.setTimeout(300_000);

const LI = 'li-token-of-43-random-characters-00000000001';
const HAN = 'han-token-of-43-random-characters-0000000002';

const PHONE = { viewport: { width: 390, height: 760 } };

/** More failed orders than one page lists. */
const FAILED = 53;

let shop: Shop;
let browser: Browser;
beforeAll(async () => {
  if (CHROMIUM === null) return;
  const operators = [
    { name: 'li', role: 'act', tokens: [{ sha256: sha256Of(LI) }] },
    { name: 'han', role: 'act', tokens: [{ sha256: sha256Of(HAN) }] },
  ];
  shop = await openShop({ ops: { operators, secondPerson: { refundAbove: 5_000, bulkAbove: 50 } } });
  browser = await launch();
});
afterAll(async () => {
  if (CHROMIUM === null) return;
  await browser.close();
  await shop.close();
});

inBrowser('a night shift of two people on their phones', () => {
  test('one asks for a refund, the other approves it, and the audit log leads to the request', async () => {
    const sold = await shop.sell('tea', 2);
    const li = await openPage(browser, PHONE);
    await signIn(li.page, shop.url, LI);
    await expectText(li.page.locator('.today li').first(), '¥116.00');
    await visit(li.page, `#/orders/${sold}`);
    await li.page.getByRole('button', { name: 'Refund', exact: true }).click();
    await li.page.locator('dialog textarea').fill('the box was dented');
    await li.page.locator('dialog [type=submit]').click();
    await li.page.locator('dialog').waitFor({ state: 'detached' });
    await visit(li.page, '#/approvals');
    await expectTexts(li.page.locator('.requests .chip'), ['waiting']);
    await expectCount(li.page.getByRole('button', { name: 'Approve', exact: true }), 0);

    const han = await openPage(browser, PHONE);
    await signIn(han.page, shop.url, HAN);
    await han.page.locator('.rail a', { hasText: 'Approvals' }).locator('.badge', { hasText: '1' }).waitFor();
    await han.page.locator('.rail a', { hasText: 'Approvals' }).click();
    await han.page.getByRole('button', { name: 'Approve', exact: true }).click();
    await expectText(han.page.locator('.said'), 'Approved: 1 done');
    await shop.settled();
    expect(shop.system.simulator?.describe(sold)?.refunds).toHaveLength(1);
    await visit(han.page, '#/audit');
    const entries = han.page.locator('.list tbody tr', { hasText: 'request for approval' });
    await entries.first().locator('[data-row-link]').click();
    await han.page.waitForURL('**#/approvals/*');
    await expectTexts(han.page.locator('.panel .chip'), ['approved']);
    expect([await sticksOut(han.page), await smallTargets(han.page)]).toEqual([[], []]);
    expect([li.errors, han.errors]).toEqual([[], []]);
    await han.page.context().close();
    await li.page.context().close();
  });

  test('an order shows the calls of the shop’s own system; all failed ones are retried beyond one page', async () => {
    const { orders } = shop.system.store;
    const call = { at: START, ms: 1_250, result: 'declined', status: 503, said: 'no stock today' } as const;
    for (let n = 1; n <= FAILED; n += 1) {
      const fulfilment = { state: 'dead', attempts: 5, deadAt: START, reason: 'no stock' } as const;
      await orders.create(order(n, { createdAt: later(START, n), payment: paidAt(n, START), fulfilment }));
    }
    await orders.retryFulfilment(tradeNo(FAILED), 'wu', START);
    const claim = claimAt(shop.now(), { limit: 1 });
    expect(await orders.claimFulfilments(claim)).toHaveLength(1);
    const dead = { kind: 'dead', reason: 'no stock', calls: [call] } as const;
    expect(await orders.finishFulfilment(claim.token, shop.now(), tradeNo(FAILED), dead)).toBe(true);
    const { page, errors } = await openPage(browser, PHONE);
    await signIn(page, shop.url, LI);
    await visit(page, '#/orders?fulfilment=dead');
    await page.locator('.list [data-row-link]').first().click();
    await page.waitForURL(`**#/orders/${tradeNo(FAILED)}`);
    await expectText(page.locator('#calls').locator('xpath=ancestor::section'), 'no stock today');
    await page.goBack();
    await settled(page);
    await page.locator('.select-all input').check();
    await page.locator('.bulk').getByRole('button', { name: 'Retry fulfilment All that match' }).click();
    await expectText(page.locator('dialog'), `${FAILED} items`);
    await expectText(page.locator('dialog'), 'A second person must approve');
    await page.locator('dialog [type=submit]').click();
    await page.waitForURL('**#/bulk/*');
    await expectText(page.locator('.panel').first(), 'waits for a second person');
    const bulk = page.url();

    const han = await openPage(browser, PHONE);
    await signIn(han.page, shop.url, HAN);
    await visit(han.page, '#/approvals');
    // An answer that is lost on the way does not stop it.
    let lost = 0;
    const lose = (route: Route) => {
      lost += 1;
      return route.fulfill({ body: 'a gateway' });
    };
    await han.page.route('**/ops/api/step_bulk', lose, { times: 1 });
    await han.page.getByRole('button', { name: 'Approve', exact: true }).click();
    await expectText(han.page.locator('.said'), 'Approved');
    await han.page.goto(bulk);
    await expectText(han.page.locator('.tally').first(), `${FAILED} done`);
    expect(lost).toBe(1);
    await expectCount(han.page.locator('.problem'), 0);
    await expectTexts(han.page.locator('.panel > header .chip').first(), ['done']);
    expect((await orders.counts()).fulfilment.dead).toBe(0);
    expect([await sticksOut(han.page), await smallTargets(han.page)]).toEqual([[], []]);
    expect([errors, han.errors]).toEqual([[], []]);
    await han.page.context().close();
    await page.context().close();
  });
});
