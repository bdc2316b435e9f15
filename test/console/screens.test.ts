import { inBrowser, withBrowser, openPage, picture, settled, signIn, visit } from './browser';
import { plant } from './planted';
import { inShop, MERCHANT } from './shop';

jest.mock('../../merchant/fulfill', () => jest.requireActual<object>('./shop'));
jest.setTimeout(60_000);

inBrowser('pictures', () => {
  test('all', () =>
    inShop(async (shop) => {
      const planted = await plant(shop);
      await withBrowser(async (browser) => {
        const { page, errors } = await openPage(browser);
        await signIn(page, shop.url);
        await settled(page);
        for (const [name, hash] of Object.entries({
          overview: '#/',
          dead: '#/messages?state=dead',
          done: '#/messages?state=done',
          orders: '#/orders',
          order: `#/orders/${planted.wrongAmount}`,
          order2: `#/orders/${planted.refunded}`,
          refunds: '#/refunds',
          discrepancies: '#/discrepancies?state=open',
          run: `#/runs/${MERCHANT}:20260301`,
          runs: '#/runs',
          audit: '#/audit',
          checks: '#/checks',
        })) {
          await visit(page, hash);
          await picture(page, name);
        }
        expect(errors).toEqual([]);
      });
    }));
});
