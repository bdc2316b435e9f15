import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { DISCREPANCY_CLASSES } from '../../lib/model/discrepancy';
import { CHROMIUM, inBrowser, launch, openPage, picture, signIn, visit, type Opened } from './browser';
import { faintTexts, moved, nameless, smallTargets, squeezed, sticksOut } from './look';
import { plant, type Planted } from './planted';
import { ACT, MERCHANT, openShop, READ, type Shop } from './shop';
import { eventually, expectCount, expectPlace, expectText, expectTexts, settled } from './watched';

jest.mock('../shop/fulfill', () => jest.requireActual<object>('./shop'));
jest.setTimeout(300_000);

/** Every screen that shows what was planted, by its address. */
const screensOf = (): readonly (readonly [name: string, hash: string])[] => [
  ['overview', '#/'],
  ['inbox-pending', '#/messages?state=pending'],
  ['inbox-dead', '#/messages?state=dead'],
  ['inbox-done', '#/messages?state=done'],
  ['orders', '#/orders'],
  ['order', `#/orders/${planted.refunded}`],
  ['order-mismatch', `#/orders/${planted.wrongAmount}`],
  ['order-unfulfilled', `#/orders/${planted.unfulfilled}`],
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
  ['books', '#/books'],
  ['month', `#/books/${MERCHANT}%3A202603`],
  ['open-items', '#/open-items'],
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
  await run(opened);
  expect(opened.errors).toEqual([]);
  await opened.page.context().close();
};

const checked = async (page: Page) => ({
  faint: await faintTexts(page),
  nameless: await nameless(page),
  wide: await sticksOut(page),
  squeezed: await squeezed(page),
  headings: await page.locator('h1').count(),
});
const WELL = { faint: [], nameless: [], wide: [], squeezed: [], headings: 1 };

inBrowser('the console', () => {
  test('shows every screen in both languages, light and dark, wide and narrow, and each can be read and named', () =>
    onConsole(async ({ page }) => {
      const seen: Record<string, object> = {};
      const wanted: Record<string, object> = {};
      for (const [language, theme, width] of [
        ['en', 'light', 1360],
        ['zh-CN', 'dark', 1360],
        ['zh-CN', 'light', 320],
      ] as const) {
        await page.setViewportSize({ width, height: width < 500 ? 760 : 900 });
        await page.emulateMedia({ colorScheme: theme });
        const other = page.locator(`.who [lang="${language}"]`);
        if ((await page.locator('html').getAttribute('lang')) !== language) await other.click();
        await page.locator(`html[lang="${language}"][data-theme=${theme}]`).waitFor();
        for (const [name, hash] of screensOf()) {
          await visit(page, hash);
          const at = `${name} ${language} ${theme} ${width}`;
          const isPhone = width < 500;
          seen[at] = { ...(await checked(page)), small: isPhone ? await smallTargets(page) : [] };
          wanted[at] = { ...WELL, small: [] };
          await picture(page, at.replaceAll(' ', '-'));
        }
      }
      expect(seen).toEqual(wanted);
      await expectCount(page.locator('.trouble'), 0);
    }));

  test('tells the whole story of an order, money to the fen and every time in Beijing', () =>
    onConsole(async ({ page }) => {
      await visit(page, `#/orders/${planted.refunded}`);
      const story = page.locator('.timeline');
      const texts = await story.locator('strong').allTextContents();
      const expected = [
        'Order created',
        'Received',
        'Paid',
        'Fulfilled',
        'Refund requested',
        'Refunded',
        'Discrepancy found',
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
      await page.getByRole('button', { name: 'Show payer' }).click();
      await page.getByText('oUpF8uMuAJO_M2pxb1Q9zNjWeS6o').waitFor();
      const { items } = await shop.ask('list_audit', { subject: planted.refunded });
      expect(items).toMatchObject([{ action: 'unmask_payer' }, { action: 'refund_order' }]);
      await visit(page, `#/orders/${planted.repeated}`);
      await expectText(story, 'Received again');
      await page.locator('summary', { hasText: 'Notification' }).first().click();
      await expectText(page.locator('details[open] pre'), '"outTradeNo"');
    }));

  test('shows a day as a balance whose steps add up, drills down, and gives it to a spreadsheet', () =>
    onConsole(async ({ page }) => {
      await visit(page, '#/runs');
      await page.locator('[data-row-link]').first().click();
      await expectTexts(page.locator('.balance .payments td'), ['¥1,236.1010', '¥1,146.709', '¥89.401']);
      await expectTexts(page.locator('.steps .money'), [
        '¥1,236.10',
        '−¥128.00',
        '¥39.60',
        '−¥1.00',
        '¥1,146.70',
      ]);
      const saved = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Export day as CSV' }).click();
      const csv = await readFile(await (await saved).path(), 'utf8');
      expect(csv).toContain('Payments,10,1236.10,9,1146.70,89.40\r\n');
      await page.locator('.classes a', { hasText: 'Paid here' }).click();
      await page.waitForURL('**class=missing_payment*');
      await expectCount(page.locator('.list tbody tr'), 1);
      await settled(page);
      const rows = page.waitForEvent('download');
      await page.locator('.panel .export').click();
      const lines = (await readFile(await (await rows).path(), 'utf8')).trim().split('\r\n');
      expect(lines).toHaveLength(2);
      expect(lines[1]).toContain(',39.60,');
      await page.goBack();
      await expectCount(page.locator('.list tbody tr'), 5);
      await visit(page, '#/discrepancies?class=missing_payment');
      const list = page.waitForEvent('download');
      await page.locator('.tools .export').click();
      const listed = (await readFile(await (await list).path(), 'utf8')).trim().split('\r\n');
      expect(listed).toHaveLength(2);
      expect(listed[1]).toContain(',39.60,');
    }));

  test('is worked with the keyboard alone, and the address says where one is', () =>
    onConsole(async ({ page }) => {
      const rows = page.locator('tbody [data-row-link]');
      const rowHasFocus = (n: number) =>
        eventually(page, async () => {
          expect(await rows.nth(n).evaluate((row) => row === document.activeElement)).toBe(true);
        });
      await page.keyboard.press('3');
      await expectPlace(page, '#/orders');
      for (const [key, row] of [
        ['j', 0],
        ['j', 1],
        ['k', 0],
      ] as const) {
        await page.keyboard.press(key);
        await rowHasFocus(row);
      }
      await page.keyboard.press('x');
      await expectText(page.locator('.bulk.on strong'), '1 selected');
      await rowHasFocus(0);
      await page.keyboard.press('Enter');
      await page.locator('.timeline').waitFor();
      await settled(page);
      await page.keyboard.press('Escape');
      await expectPlace(page, '#/orders');
      await page.keyboard.press('/');
      await page.locator('#search:focus').waitFor();
      await page.keyboard.type(planted.silent);
      await eventually(page, async () => {
        expect(await page.locator('#search').inputValue()).toBe(planted.silent);
      });
      await page.keyboard.press('Enter');
      await page.locator('.timeline').waitFor();
      await expectPlace(page, `#/orders/${planted.silent}`);
      await page.keyboard.press('?');
      await eventually(page, async () => {
        expect(await page.locator('dialog[open] .keys div').count()).toBeGreaterThan(6);
      });
      await page.keyboard.press('Escape');
      await expectCount(page.locator('dialog'), 0);
      await page.goBack();
      await expectPlace(page, '#/orders');
      // Every control of the page is reached, and it is seen which one has the focus.
      await page.locator('#content').focus();
      const reached = new Set<string>();
      for (let n = 0; n < 40; n += 1) {
        const before = await page.evaluateHandle(() => document.activeElement);
        await page.keyboard.press('Tab');
        await eventually(page, async () => {
          // A field for a time has several parts, which all are this one element.
          const isElsewhere = await before.evaluate(
            (element) =>
              element !== document.activeElement || element?.getAttribute('type') === 'datetime-local',
          );
          expect(isElsewhere).toBe(true);
        });
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

  test('pauses on a phone: the reason is kept through a failure, focus returns, the banner fits', () =>
    onConsole(async ({ page }) => {
      await page.setViewportSize({ width: 320, height: 700 });
      await visit(page, '#/checks');
      const pause = page.getByRole('button', { name: `Pause Merchant ${MERCHANT}` });
      const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
      await pause.click();
      await page.keyboard.press('Escape');
      await expectCount(page.locator('dialog'), 0);
      expect(await focused()).toBe(`Pause Merchant ${MERCHANT}`);
      await pause.click();
      const reason = `frozen account ${'A'.repeat(180)}`;
      await page.locator('dialog textarea').fill(reason);
      const api = '**/ops/api/pause';
      await page.route(api, (route) => route.fulfill({ status: 409, json: { ok: false, code: 'CONFLICT' } }));
      await page.locator('dialog [type=submit]').click();
      await eventually(page, async () =>
        expect(await page.locator('dialog .problem').textContent()).not.toBe(''),
      );
      expect(await page.locator('dialog textarea').inputValue()).toBe(reason);
      expect([await sticksOut(page), await smallTargets(page)]).toEqual([[], []]);
      await page.unroute(api);
      await page.locator('dialog [type=submit]').click();
      await expectCount(page.locator('dialog'), 0);
      const resume = page.getByRole('button', { name: `Resume Merchant ${MERCHANT}` });
      await resume.waitFor();
      await settled(page);
      expect(await focused()).toBe(`Resume Merchant ${MERCHANT}`);
      const worker = { kind: 'worker', name: 'retain' };
      await shop.ask('pause', { of: worker, reason });
      for (const width of [320, 390]) {
        await page.setViewportSize({ width, height: 700 });
        for (const hash of ['#/checks', '#/', '#/orders']) {
          await visit(page, hash);
          await expectCount(page.locator('aside.paused > span'), 2);
          expect({ ...(await checked(page)), small: await smallTargets(page) }).toEqual({
            ...WELL,
            small: [],
          });
          await picture(page, `paused-${width}-${hash.slice(2)}`);
        }
      }
      await visit(page, '#/checks');
      await shop.ask('resume', { of: worker });
      await resume.click();
      await expectCount(page.locator('aside.paused'), 0);
      await pause.waitFor();
    }));

  test('keeps what was chosen, opens a shared address, and does not move while it loads', () =>
    onConsole(async ({ page }) => {
      await page.locator('.who [lang=zh-CN]').click();
      await page.getByRole('button', { name: '配色跟随系统' }).click();
      await page.getByRole('button', { name: '浅色' }).click();
      await page.goto(`${shop.url}/console/#/discrepancies?state=open&class=fee_mismatch`);
      await page.reload();
      await page.locator('.list tbody tr').first().waitFor();
      await page.locator('html[data-theme=dark]').waitFor();
      await expectTexts(page.locator('h1'), ['差异']);
      await expectCount(page.locator('.list tbody tr'), 1);
      await expectCount(page.locator('select option'), 1 + DISCREPANCY_CLASSES.length);
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
    await page.getByText('This token is not valid').waitFor();
    await picture(page, 'sign-in');
    await page.locator('input[type=password]').fill(READ);
    await page.locator('.sign-in [type=submit]').click();
    await page.locator('.list tbody tr').first().waitFor();
    await settled(page);
    await expectTexts(page.locator('.me'), ['Read only']);
    await expectCount(page.locator('input[type=checkbox], .tools button:not(.export)'), 0);
    await page.locator('[data-row-link]').click();
    await page.locator('.card').waitFor();
    await settled(page);
    await expectCount(page.locator('.actions'), 0);
    expect(page.url()).not.toContain(READ);
    expect(await page.evaluate(() => document.cookie)).toBe('');
    await page.context().clearCookies();
    await page.keyboard.press('r');
    await page.locator('.sign-in').waitFor();
    await expectText(page.getByRole('alert'), 'Sign in');
    await page.locator('input[type=password]').fill(ACT);
    await page.locator('.sign-in [type=submit]').click();
    await page.locator('.card .actions button').first().waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('.sign-in').waitFor();
    expect(errors).toEqual([]);
    await page.context().close();
  });
});
