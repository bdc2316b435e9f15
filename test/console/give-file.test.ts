import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { bytesOf, writeBill } from '../statement/bill';
import { MERCHANT as OTHERS, sale } from '../statement/runs/stage';
import { CHROMIUM, inBrowser, launch, openPage, picture, signIn, visit } from './browser';
import { smallTargets, sticksOut } from './look';
import { ACT, MERCHANT, NEXT_DAY, openShop, READ, type Shop } from './shop';
import { expectCount, expectText, settled } from './watched';

jest.mock('../shop/fulfill', () => jest.requireActual<object>('./shop'));
jest.setTimeout(300_000);

const RUN = `#/runs/${MERCHANT}%3A20260301`;

let shop: Shop;
let browser: Browser;
beforeAll(async () => {
  if (CHROMIUM === null) return;
  shop = await openShop();
  browser = await launch();
  // Nobody pays on this day, so WeChat Pay has no bill of it.
  await shop.call('createOrder', { requestId: 'request-0001', cart: [{ sku: 'tea', count: 1 }] });
  shop.until(NEXT_DAY, 23);
  await shop.run('reconcileStatement');
  await shop.ask('show_run', { id: `${MERCHANT}:20260301` });
});
afterAll(async () => {
  if (CHROMIUM === null) return;
  await browser.close();
  await shop.close();
});

const bill = (time: string) =>
  Buffer.from(
    bytesOf(writeBill([sale(1, { time }), sale(2, { time })]))
      .toString()
      .replaceAll(OTHERS, MERCHANT),
  );

/** Chooses a file and has it checked. */
async function check(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page
    .locator('[aria-labelledby=give] input[type=file]')
    .setInputFiles({ name, mimeType: 'text/csv', buffer });
  await page.locator('[aria-labelledby=give] [type=submit]').click();
  await settled(page);
}

inBrowser('a bill given by hand from a phone', () => {
  test('is refused in words, or shown with its sums, and counts once it is given', async () => {
    const { page, errors } = await openPage(browser, { viewport: { width: 390, height: 760 } });
    await signIn(page, shop.url, ACT);
    await visit(page, RUN);

    await check(page, 'other-day.csv', bill('2026-02-28 09:00:00'));
    await expectText(page.locator('[aria-labelledby=give] .trouble'), 'rows of another day');
    await check(page, 'photo.jpg', randomBytes(400_000));
    await expectText(page.locator('[aria-labelledby=give] .trouble'), 'does not prove itself');
    // It was sent in three parts. None is left.
    const files = readdirSync(shop.dataDir, { recursive: true }).map(String);
    expect(files.filter((name) => name.includes('-part-'))).toEqual([]);

    await check(page, 'march.csv', bill('2026-03-01 09:00:00'));
    await expectText(page.locator('[aria-labelledby=give] .facts'), '¥20.03');
    expect(await sticksOut(page)).toEqual([]);
    expect(await smallTargets(page)).toEqual([]);
    await picture(page, 'give-file-phone');
    await page.getByRole('button', { name: 'Give this file' }).click();
    await expectText(page.locator('.said'), 'Taken');
    await settled(page);
    await expectText(page.locator('.bar .chip'), 'waiting');
    await expectText(page.locator('.empty'), 'Nothing is compared yet');
    await shop.run('reconcileStatement');
    const shown = await shop.ask('show_run', { id: `${MERCHANT}:20260301` });
    const sha1 = createHash('sha1').update(bill('2026-03-01 09:00:00')).digest('hex');
    expect(shown).toMatchObject({ run: { work: { report: { statement: { from: 'operator', sha1 } } } } });
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('speaks Chinese, and offers nothing to those who only look', async () => {
    const { page } = await openPage(browser, { locale: 'zh-CN' });
    await signIn(page, shop.url, ACT);
    await visit(page, RUN);
    await check(page, 'a.zip', Buffer.from('PK\u0003\u0004'));
    await expectText(page.locator('[aria-labelledby=give] .trouble'), '校验不通过');
    await page.context().close();
    const reader = await openPage(browser);
    await signIn(reader.page, shop.url, READ);
    await visit(reader.page, RUN);
    await expectCount(reader.page.locator('[aria-labelledby=give]'), 0);
    await reader.page.context().close();
  });
});
