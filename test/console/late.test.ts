import type { Browser, Page } from 'playwright-core';
import { CHROMIUM, inBrowser, launch, openPage, signIn, visit } from './browser';
import { ACT, openShop, type Shop } from './shop';
import { smallTargets, sticksOut } from './look';
import { eventually, expectCount, expectText, expectTexts, settled } from './watched';

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
  test('a slow answer is said to be loading; a session that ends in a dialog takes no reason along', async () => {
    const sold = await shop.sell('tea');
    const { page, errors } = await openPage(browser);
    await signIn(page, shop.url);
    const slow = await holdNext(page, 'list_orders');
    await page.evaluate(() => {
      location.hash = '#/orders';
    });
    await slow.answered;
    await expectText(page.locator('.room'), 'Loading');
    slow.release();
    await page.locator('[data-row-link]').first().waitFor();

    await visit(page, '#/checks');
    await expectText(page.locator('tr', { hasText: 'processInbox' }), 'done');

    await visit(page, `#/orders/${sold}`);
    await page.getByRole('button', { name: 'Refund', exact: true }).click();
    await page.locator('dialog textarea').fill('the tea was damp');
    const refused = await holdNext(page, 'act');
    await page.context().clearCookies();
    await page.locator('dialog [type=submit]').click();
    await refused.answered;
    await page.evaluate(() => {
      location.hash = '#/runs';
    });
    await page.locator('.sign-in form').waitFor();
    await page.locator('input[type=password]').fill(ACT);
    await page.locator('.sign-in [type=submit]').click();
    await page.locator('.shell').waitFor();
    // The refusal of the ended session arrives in the new one.
    const arrived = page.waitForResponse('**/ops/api/act');
    refused.release();
    await (await arrived).finished();
    await visit(page, `#/orders/${sold}`);
    await page.getByRole('button', { name: 'Refund', exact: true }).click();
    expect(await page.locator('dialog textarea').inputValue()).toBe('the tea was damp');
    await page.locator('dialog [type=submit]').click();
    await expectText(page.locator('.said'), 'Refund: ¥58.00 processing');
    expect(errors).toEqual([]);
    await page.context().close();
  });

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

// Last, because it leaves a discrepancy.
inBrowser('the demo', () => {
  test('keeps the result of a forged notification, counts by path, shows yuan, and fits a phone in both languages', async () => {
    const { page, errors } = await openPage(browser, { viewport: { width: 320, height: 700 } });
    // With tokens set, the demo needs an operator's session.
    await signIn(page, shop.url);
    await page.goto(shop.url);
    await expectTexts(page.locator('[data-sku=tea]'), ['Longjing tea 50 g ¥58.00']);
    const buy = async (trouble: string) => {
      await page.locator('#trouble').selectOption(trouble);
      await page.locator('#cart [type=submit]').click();
    };
    await buy('five');
    await expectText(page.locator('#steps'), '5 by callback');
    await expectText(page.locator('#notice'), 'fulfilled');
    await buy('wrong');
    await expectText(page.locator('#steps'), 'amount mismatch, ours ¥58.00, WeChat Pay’s ¥0.01');
    // The order before is still followed, and must not take the notice's place.
    await buy('forged');
    await expectText(page.locator('#notice'), 'was refused (errcode 40301)');
    await expectText(page.locator('#steps'), 'was refused (errcode 40301)');
    await page.locator('#language').click();
    await expectText(page.locator('#notice'), '伪造的通知被拒绝（errcode 40301）');
    await expectTexts(page.locator('[data-sku=tea]'), ['龙井茶 50g ¥58.00']);
    await page.locator('#orders button').first().click();
    await expectText(page.locator('#notice'), '待付款。伪造的通知被拒绝');
    const shown = [sticksOut(page), smallTargets(page)];
    expect(await Promise.all(shown)).toEqual([[], []]);
    expect(errors).toEqual([]);
    await page.context().close();
  });
});
