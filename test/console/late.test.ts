import type { Browser, Page } from 'playwright-core';
import { CHROMIUM, inBrowser, launch, openPage, signIn, visit } from './browser';
import { openShop, type Shop } from './shop';
import { eventually, expectCount, expectText, settled } from './watched';

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

/** Signs in in a page of its own. */
const onConsole = async (run: (page: Page) => Promise<void>): Promise<void> => {
  const { page, errors } = await openPage(browser);
  await signIn(page, shop.url);
  await run(page);
  expect(errors).toEqual([]);
  await page.context().close();
};

/** An answer that is on its way. */
interface Held {
  /** Resolves when the server has answered. */
  readonly answered: Promise<void>;
  /** Lets the answer arrive. */
  readonly release: () => void;
}

/**
 * Holds back the answer to the next request of a kind until released. Later answers arrive at once.
 */
async function holdNext(page: Page, op: string): Promise<Held> {
  let release = (): void => undefined;
  let answered = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const held = { answered: new Promise<void>((resolve) => (answered = resolve)), release: () => release() };
  let first = true;
  await page.route(`**/ops/api/${op}`, async (route) => {
    if (!first) return route.continue();
    first = false;
    const response = await route.fetch();
    answered();
    await released;
    return route.fulfill({ response });
  });
  return held;
}

inBrowser('what comes late', () => {
  test('an older overview does not take the place of a newer one', () =>
    onConsole(async (page) => {
      const badge = page.locator('.rail a[href*=messages] .badge');
      await expectCount(badge, 0);
      const old = await holdNext(page, 'overview');
      await page.keyboard.press('r');
      await old.answered;
      await shop.sell('tea', 1, { wrongAmount: 100 });
      await page.keyboard.press('r');
      await expectText(badge, '1');
      old.release();
      await settled(page);
      // At once: the next poll would fix it.
      expect(await badge.allTextContents()).toEqual(['1']);
    }));

  test.each([
    ['by a sign-out', (page: Page) => page.getByRole('button', { name: 'Sign out' }).click()],
    [
      'as a screen is told',
      async (page: Page) => {
        await page.context().clearCookies();
        await page.keyboard.press('3');
        await expectText(page.locator('.sign-in [role=alert]'), 'Sign in');
      },
    ],
  ] as const)('an overview asked for before the session ended %s does not let back in', (_how, end) =>
    onConsole(async (page) => {
      const old = await holdNext(page, 'overview');
      await page.keyboard.press('r');
      await old.answered;
      await end(page);
      const token = page.locator('.sign-in input[type=password]');
      await token.fill('half a token');
      old.release();
      await settled(page);
      // Whoever was let back in was sent out again by the next question, and lost what was typed.
      expect(await token.inputValue()).toBe('half a token');
    }),
  );

  test.each(['overview', 'list_orders'])(
    'the end of the session is said, also when %s is refused last',
    (op) =>
      onConsole(async (page) => {
        await visit(page, '#/orders');
        await page.context().clearCookies();
        const last = await holdNext(page, op);
        await page.keyboard.press('r');
        await expectText(page.locator('.sign-in [role=alert]'), 'Sign in');
        last.release();
        await settled(page);
        await expectText(page.locator('.sign-in [role=alert]'), 'Sign in');
      }),
  );

  test('what a worker does shortly after an action shows by itself: the page asks twice more', () =>
    onConsole(async (page) => {
      await visit(page, `#/orders/${await shop.sell('tea', 1, { lose: 'all' })}`);
      let asked = 0;
      page.on('request', (request) => {
        if (request.url().endsWith('/ops/api/show_order')) asked += 1;
      });
      await page.getByRole('button', { name: 'Query order' }).click();
      await page.locator('dialog [type=submit]').click();
      await eventually(page, () => {
        expect(asked).toBe(3);
        return Promise.resolve();
      });
    }));

  test('a question in front of everything has the keys at once, not from the next frame on', () =>
    onConsole(async (page) => {
      const open = await page.evaluate(async () => {
        dispatchEvent(new KeyboardEvent('keydown', { key: '?' }));
        // Preact draws in a microtask; nothing of this waits for a frame.
        for (let n = 0; n < 20 && document.querySelector('dialog') === null; n += 1) await Promise.resolve();
        return document.querySelector('dialog')?.open;
      });
      expect(open).toBe(true);
      await page.keyboard.press('Escape');
      await expectCount(page.locator('dialog'), 0);
    }));
});
