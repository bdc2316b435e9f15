import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page, Route } from 'playwright-core';
import { readConfig } from '../../lib/config/config';
import { writeConsole } from '../../scripts/build/console';
import { CHROMIUM, inBrowser, launch, openPage } from './browser';
import { ACT, MERCHANT, openShop, type Shop } from './shop';
import { expectText } from './watched';

jest.mock('../shop/fulfill', () => jest.requireActual<object>('./shop'));
jest.setTimeout(300_000);

const SITE = 'https://console.example.com';
const API = 'https://api.example.com/ops/api';
const MAY_READ = {
  'access-control-allow-origin': SITE,
  'access-control-allow-headers': 'authorization, content-type',
  'access-control-allow-methods': 'POST',
};

let shop: Shop;
let browser: Browser;
let folder: string;
beforeAll(async () => {
  if (CHROMIUM === null) return;
  shop = await openShop();
  browser = await launch();
  folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-site-'));
  await writeConsole(folder, readConfig({ merchants: [{ subMchId: MERCHANT }], ops: { apiUrl: API } }));
});
afterAll(async () => {
  if (CHROMIUM === null) return;
  await browser.close();
  await shop.close();
  rmSync(folder, { recursive: true });
});

/**
 * Serves the site's files at one address, and the shop's API at another. Nothing leaves this
 * machine.
 */
async function publish(page: Page): Promise<void> {
  await page.route(`${SITE}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    return route.fulfill({ path: join(folder, pathname === '/' ? 'index.html' : pathname) });
  });
  await page.route(`${API}/**`, answerFromShop);
}

async function answerFromShop(route: Route): Promise<void> {
  const request = route.request();
  if (request.method() === 'OPTIONS') return route.fulfill({ status: 204, headers: MAY_READ });
  const { authorization = '' } = await request.allHeaders();
  const answer = await fetch(`${shop.url}/ops/api${request.url().slice(API.length)}`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: request.postData(),
  });
  const contentType = 'application/json';
  return route.fulfill({ status: answer.status, contentType, body: await answer.text(), headers: MAY_READ });
}

inBrowser('the console as a static site', () => {
  test('says when a token is no operator’s, lets in with one that is, and forgets it at the sign-out', async () => {
    const { page } = await openPage(browser);
    await publish(page);
    await page.goto(`${SITE}/`);
    await page.locator('input[type=password]').fill('no-token-of-anybody');
    await page.locator('.sign-in [type=submit]').click();
    await expectText(page.getByRole('alert'), 'not an operator');
    expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain('no-token-of-anybody');
    await page.locator('input[type=password]').fill(ACT);
    await page.locator('.sign-in [type=submit]').click();
    await page.locator('.shell').waitFor();
    expect(page.url()).not.toContain(ACT);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('.sign-in').waitFor();
    expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain(ACT);
    await page.context().close();
  });

  test('says so when a newer version has taken its parts away, and is whole after a reload', async () => {
    const { page } = await openPage(browser);
    await publish(page);
    await page.goto(`${SITE}/`);
    await page.locator('input[type=password]').fill(ACT);
    await page.locator('.sign-in [type=submit]').click();
    await page.locator('.shell').waitFor();
    const gone = `${SITE}/part-*.js`;
    await page.route(gone, (route) => route.fulfill({ status: 404, body: '' }));
    await page.evaluate(() => {
      location.hash = '#/books';
    });
    await expectText(page.getByRole('alert'), 'newer version');
    await page.unroute(gone);
    await page.getByRole('button', { name: 'Reload the page' }).click();
    await page.getByRole('heading', { name: 'Months', level: 1 }).waitFor();
    await page.context().close();
  });
});
