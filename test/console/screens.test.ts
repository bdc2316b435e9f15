import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { DISCREPANCY_CLASSES } from '../../lib/discrepancies/discrepancy';
import {
  CHROMIUM,
  inBrowser,
  launch,
  openPage,
  picture,
  settled,
  signIn,
  visit,
  type Opened,
} from './browser';
import { faintTexts, moved, nameless, sticksOut } from './look';
import { plant, type Planted } from './planted';
import { ACT, MERCHANT, openShop, READ, type Shop } from './shop';

jest.mock('../../merchant/fulfill', () => jest.requireActual<object>('./shop'));
jest.setTimeout(120_000);

/** Every screen that shows what was planted, by its address. */
const screensOf = (): readonly (readonly [name: string, hash: string])[] => [
  ['overview', '#/'],
  ['inbox-pending', '#/messages?state=pending'],
  ['inbox-dead', '#/messages?state=dead'],
  ['inbox-done', '#/messages?state=done'],
  ['orders', '#/orders'],
  ['order', `#/orders/${planted.refunded}`],
  ['order-mismatch', `#/orders/${planted.wrongAmount}`],
  ['order-undelivered', `#/orders/${planted.undelivered}`],
  ['refunds', '#/refunds'],
  ['refunds-abnormal', '#/refunds?state=abnormal'],
  ['discrepancies', '#/discrepancies'],
  ['resolved', '#/discrepancies?state=resolved'],
  ['carried', '#/discrepancies?state=carried_over'],
  [
    'discrepancy',
    `#/discrepancies/${encodeURIComponent(`missing_payment:${planted.absent}:${planted.absentTransaction}`)}`,
  ],
  ['runs', '#/runs'],
  ['run', `#/runs/${MERCHANT}%3A20260301`],
  ['audit', '#/audit'],
  ['checks', '#/checks'],
  ['search', '#/search?text=nobody'],
  ['no-such-order', '#/orders/nobody'],
];

let shop: Shop;
let planted: Planted;
let browser: Browser;
beforeAll(async () => {
  if (CHROMIUM === null) return;
  shop = await openShop();
  planted = await plant(shop);
  browser = await launch();
});
afterAll(async () => {
  if (CHROMIUM === null) return;
  await browser.close();
  await shop.close();
});

/** Opens the overview in a page of its own, for somebody who may act. */
const onConsole = async (run: (on: Opened) => Promise<void>): Promise<void> => {
  const opened = await openPage(browser);
  await signIn(opened.page, shop.url);
  await settled(opened.page);
  await run(opened);
  expect(opened.errors).toEqual([]);
  await opened.page.context().close();
};

const checked = async (page: Page) => ({
  faint: await faintTexts(page),
  nameless: await nameless(page),
  wide: await sticksOut(page),
  headings: await page.locator('h1').count(),
});
const WELL = { faint: [], nameless: [], wide: [], headings: 1 };

inBrowser('the console', () => {
  test('shows every screen in both languages, light and dark, wide and narrow, and each can be read and named', () =>
    onConsole(async ({ page }) => {
      const seen: Record<string, object> = {};
      const wanted: Record<string, object> = {};
      for (const [language, theme, width] of [
        ['en', 'light', 1360],
        ['zh-CN', 'dark', 1360],
        ['zh-CN', 'light', 360],
      ] as const) {
        await page.setViewportSize({ width, height: width < 500 ? 760 : 900 });
        await page.emulateMedia({ colorScheme: theme });
        const other = page.locator(`.who [lang="${language}"]`);
        if ((await page.locator('html').getAttribute('lang')) !== language) await other.click();
        for (const [name, hash] of screensOf()) {
          await visit(page, hash);
          const at = `${name} ${language} ${theme} ${width}`;
          seen[at] = await checked(page);
          wanted[at] = WELL;
          await picture(page, at.replaceAll(' ', '-'));
        }
      }
      expect(seen).toEqual(wanted);
      expect(await page.locator('.trouble').count()).toBe(0);
    }));

  test('tells the whole story of an order, money to the fen and every time in Beijing', () =>
    onConsole(async ({ page }) => {
      await visit(page, `#/orders/${planted.refunded}`);
      const story = page.locator('.timeline');
      const texts = await story.locator('strong').allTextContents();
      const expected = [
        'Order made',
        'Heard',
        'Paid',
        'Delivered',
        'Refund asked for',
        'Refund paid back',
        'Disagreement found',
      ];
      expect(texts.filter((text) => expected.includes(text))).toEqual(expect.arrayContaining(expected));
      expect(await story.locator('h3').allTextContents()).toEqual(['2026-03-01', '2026-03-02']);
      const times = await story
        .locator('time')
        .evaluateAll((all) => all.map((time) => time.getAttribute('datetime') ?? ''));
      expect(times).toEqual([...times].sort());
      expect(await page.locator('.amount').textContent()).toBe('¥348.00');
      expect(await page.locator('.facts').first().textContent()).toContain('¥290.00');
      expect(await page.content()).not.toContain('oUpF8uMuAJO_M2pxb1Q9zNjWeS6o');
      await page.getByRole('button', { name: 'Show the payer' }).click();
      await page.getByText('oUpF8uMuAJO_M2pxb1Q9zNjWeS6o').waitFor();
      const { items } = await shop.ask('list_audit', { subject: planted.refunded });
      expect(items).toMatchObject([{ action: 'unmask_payer' }, { action: 'refund_order' }]);
      await visit(page, `#/orders/${planted.repeated}`);
      expect(await story.textContent()).toContain('Heard again');
      await page.locator('summary', { hasText: 'Notification' }).first().click();
      expect(await page.locator('details[open] pre').textContent()).toContain('"outTradeNo"');
    }));

  test('shows a day as a balance whose steps add up, drills down, and gives it to a spreadsheet', () =>
    onConsole(async ({ page }) => {
      await visit(page, '#/runs');
      await page.locator('[data-row-link]').first().click();
      await page.locator('.balance').waitFor();
      expect(await page.locator('.balance .payments td').allTextContents()).toEqual([
        '¥1,236.1010',
        '¥1,146.709',
        '¥89.401',
      ]);
      const steps = await page.locator('.steps .money').allTextContents();
      expect(steps).toEqual(['¥1,236.10', '−¥128.00', '¥39.60', '−¥1.00', '¥1,146.70']);
      const saved = page.waitForEvent('download');
      await page.getByRole('button', { name: 'CSV of the day' }).click();
      const csv = await readFile(await (await saved).path(), 'utf8');
      expect(csv).toContain('Payments,10,1236.10,9,1146.70,89.40\r\n');
      await page.locator('.classes a', { hasText: 'Paid here' }).click();
      await settled(page);
      expect(await page.locator('.list tbody tr').count()).toBe(1);
      expect(page.url()).toContain('class=missing_payment');
      const rows = page.waitForEvent('download');
      await page.locator('.panel .export').click();
      const lines = (await readFile(await (await rows).path(), 'utf8')).trim().split('\r\n');
      expect(lines).toHaveLength(2);
      expect(lines[1]).toContain(',39.60,');
      await page.goBack();
      await settled(page);
      expect(await page.locator('.list tbody tr').count()).toBe(4);
    }));

  test('is worked with the keyboard alone, and the address says where one is', () =>
    onConsole(async ({ page }) => {
      const at = () => new URL(page.url()).hash;
      await page.keyboard.press('3');
      await settled(page);
      expect(at()).toBe('#/orders');
      await page.keyboard.press('j');
      await page.keyboard.press('j');
      await page.keyboard.press('k');
      const first = await page.locator('tbody [data-row-link]').first().textContent();
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(first);
      await page.keyboard.press('x');
      expect(await page.locator('.bulk.on strong').textContent()).toBe('1 selected');
      await page.keyboard.press('Enter');
      await page.locator('.timeline').waitFor();
      await page.keyboard.press('Escape');
      await settled(page);
      expect(at()).toBe('#/orders');
      await page.keyboard.press('/');
      await page.keyboard.type(planted.silent);
      await page.keyboard.press('Enter');
      await page.locator('.timeline').waitFor();
      expect(at()).toBe(`#/orders/${planted.silent}`);
      await page.keyboard.press('?');
      expect(await page.locator('dialog[open] .keys div').count()).toBeGreaterThan(6);
      await page.keyboard.press('Escape');
      expect(await page.locator('dialog').count()).toBe(0);
      await page.goBack();
      await settled(page);
      expect(at()).toBe('#/orders');
      // Every control of the page is reached, and it is seen which one has the focus.
      await page.locator('#content').focus();
      const reached = new Set<string>();
      for (let n = 0; n < 40; n += 1) {
        await page.keyboard.press('Tab');
        const focused = await page.evaluate(() => {
          const element = document.activeElement;
          if (element === null || element === document.body) return null;
          const { outlineStyle, outlineWidth } = getComputedStyle(element);
          return { name: element.outerHTML, seen: outlineStyle !== 'none' && outlineWidth !== '0px' };
        });
        if (focused === null) break;
        expect(focused).toMatchObject({ seen: true });
        reached.add(focused.name);
      }
      expect(reached.size).toBeGreaterThan(10);
    }));

  test('keeps what was chosen, opens a shared address, and does not move while it loads', () =>
    onConsole(async ({ page }) => {
      await page.locator('.who [lang=zh-CN]').click();
      await page.getByRole('button', { name: '配色跟随系统' }).click();
      await page.getByRole('button', { name: '浅色' }).click();
      await page.goto(`${shop.url}/console/#/discrepancies?state=open&class=fee_mismatch`);
      await page.reload();
      await page.locator('.list tbody tr').waitFor();
      expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
      expect(await page.locator('h1').textContent()).toBe('差异');
      expect(await page.locator('.list tbody tr').count()).toBe(1);
      expect(await page.locator('select option').count()).toBe(1 + DISCREPANCY_CLASSES.length);
      await page.goto(`${shop.url}/console/`);
      await page.reload();
      await page.locator('.plots canvas').first().waitFor();
      await settled(page);
      expect(await moved(page)).toBeLessThan(0.05);
    }));

  test('lets in who has a token, shows who may only look no action, and asks again when the session has ended', async () => {
    const { page, errors } = await openPage(browser);
    await page.goto(`${shop.url}/console/#/messages?state=dead`);
    await page.locator('input[type=password]').fill('no-token-of-anybody');
    await page.locator('.sign-in [type=submit]').click();
    await page.getByText('no operator’s token').waitFor();
    await picture(page, 'sign-in');
    await page.locator('input[type=password]').fill(READ);
    await page.locator('.sign-in [type=submit]').click();
    await page.locator('.list tbody tr').waitFor();
    expect(await page.locator('.me').textContent()).toBe('may look');
    expect(await page.locator('input[type=checkbox], .tools button:not(.export)').count()).toBe(0);
    await page.locator('[data-row-link]').click();
    await page.locator('.card').waitFor();
    expect(await page.locator('.actions').count()).toBe(0);
    expect(page.url()).not.toContain(READ);
    expect(await page.evaluate(() => document.cookie)).toBe('');
    await page.context().clearCookies();
    await page.keyboard.press('r');
    await page.locator('.sign-in').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('Sign in');
    await page.locator('input[type=password]').fill(ACT);
    await page.locator('.sign-in [type=submit]').click();
    await page.locator('.card .actions button').first().waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('.sign-in').waitFor();
    expect(errors).toEqual([]);
    await page.context().close();
  });
});
