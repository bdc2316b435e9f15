import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { backend } from '../../examples/miniprogram/miniprogram/lib/backend';
import type { Call, Shop, Shown, Wx } from '../../examples/miniprogram/miniprogram/lib/purchase';
import { openShop } from '../../examples/miniprogram/miniprogram/lib/purchase';
import { isRecord, parseJson } from '../../lib/values/json';
import { inFolder, onServer, type Running } from '../server/running';

/*
 * The example mini program outside WeChat: its own code and a stub of `wx`, against the functions
 * of a server with simulated money.
 */

const ROOT = 'examples/miniprogram/miniprogram';
const CART = [{ sku: 'tea', count: 1 }];

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

/** What the payer does with the sheet of WeChat Pay. */
type Payer = 'pays' | 'cancels' | 'pays_and_nobody_knows' | 'pays_and_cancels';

interface Played {
  readonly shop: Shop;
  readonly server: Running;
  readonly storage: Map<string, unknown>;
  /** How the payer uses the sheet from now on. */
  readonly payer: (does: Payer) => void;
  /** Calls of each function so far. */
  readonly calls: string[];
  /** How long the shop has waited between its calls, in ms. */
  readonly waited: () => number;
  /** The next answers of functions are lost on their way, this many. */
  readonly lose: (answers: number) => void;
  /** The shop as it is after the mini program was closed and opened again. */
  readonly reopened: () => Shop;
  readonly sheets: () => number;
}

/** Plays with a server; the payments' faults are those of the simulator. */
function played(run: (on: Played) => Promise<void>, faults: object = {}): Promise<void> {
  return inFolder((folder) =>
    onServer(folder, async (server) => {
      const storage = new Map<string, unknown>();
      const calls: string[] = [];
      let does: Payer = 'pays';
      let [waited, lost, sheets] = [0, 0, 0];
      const request = (options: {
        readonly url: string;
        readonly header: Readonly<Record<string, string>>;
        readonly data: object;
        readonly success: (response: { readonly data: unknown }) => void;
        readonly fail: (failure: { readonly errMsg: string }) => void;
      }): void => {
        const { pathname } = new URL(options.url);
        const sending = server.send('POST', pathname, options.data, { ...options.header });
        sending.then(
          ({ body }) => {
            const isLogin = pathname === '/functions/login';
            if (!isLogin) calls.push(pathname.replace('/functions/', ''));
            if (!isLogin && lost > 0) {
              lost -= 1;
              options.fail({ errMsg: 'request:fail timeout' });
            } else options.success({ data: body });
          },
          (error: unknown) => options.fail({ errMsg: String(error) }),
        );
      };
      const wx: Wx = {
        getStorageSync: (key) => storage.get(key) ?? '',
        setStorageSync: (key, value) => void storage.set(key, value),
        removeStorageSync: (key) => void storage.delete(key),
        requestPayment: ({ success, fail }) => {
          sheets += 1;
          if (does === 'cancels') {
            fail({ errMsg: 'requestPayment:fail cancel' });
            return;
          }
          const kept = storage.get('purchase');
          const outTradeNo = isRecord(kept) ? kept['outTradeNo'] : null;
          void server.send('POST', '/simulator/pay', { outTradeNo, faults }).then(async () => {
            // On a busy machine the shop would otherwise look before the payment is known.
            await server.settled();
            if (does === 'pays') success();
            else
              fail({
                errMsg: does === 'pays_and_cancels' ? 'requestPayment:fail cancel' : 'requestPayment:fail',
              });
          });
        },
      };
      const call: Call = backend(
        { login: ({ success }) => success({ code: 'oPayerOfTheMiniProgram' }), request },
        { kind: 'server', url: server.url },
      );
      // Instead of waiting, the shop lets the server finish what is under way.
      const sleep = async (ms: number) => {
        waited += ms;
        await server.settled();
      };
      const open = (): Shop => openShop({ wx, call, sleep });
      await run({
        shop: open(),
        server,
        storage,
        payer: (next) => {
          does = next;
        },
        calls,
        waited: () => waited,
        lose: (answers) => {
          lost = answers;
        },
        reopened: open,
        sheets: () => sheets,
      });
    }),
  );
}

/** A shop whose functions answer as the case says. The sheet of WeChat Pay reports a success. */
function faked(call: Call): { readonly shop: Shop; readonly waited: () => number } {
  let waited = 0;
  const storage = new Map<string, unknown>();
  const wx: Wx = {
    getStorageSync: (key) => storage.get(key) ?? '',
    setStorageSync: (key, value) => void storage.set(key, value),
    removeStorageSync: (key) => void storage.delete(key),
    requestPayment: ({ success }) => success(),
  };
  const sleep = async (ms: number): Promise<void> => {
    waited += ms;
  };
  return { shop: openShop({ wx, call, sleep }), waited: () => waited };
}

test('a purchase is ordered, paid, followed until it is fulfilled, and then over', () =>
  played(async ({ shop, storage }) => {
    const seen: Shown[] = [];
    const last = await shop.buy(CART, (shown) => seen.push(shown));
    expect(last).toMatchObject({
      state: 'fulfilled',
      title: '已发货',
      hint: matching(/^parcel /),
    });
    expect(seen.at(-1)?.state).toBe('fulfilled');
    expect(storage.size).toBe(0);
    expect(await shop.look(String(last.outTradeNo))).toMatchObject({ state: 'fulfilled' });
  }));

test('a payer who cancels can pay the same order later, after the mini program was closed too', () =>
  played(async ({ shop, payer, reopened, sheets }) => {
    payer('cancels');
    const first = await shop.buy(CART);
    expect(first).toMatchObject({ state: 'unpaid', title: '待付款' });
    expect(shop.kept()).toMatchObject({ outTradeNo: first.outTradeNo, mayBePaid: false });
    expect(await shop.look(String(first.outTradeNo))).toMatchObject({ state: 'unpaid' });
    payer('pays');
    const second = await reopened().buy(CART);
    expect(second).toMatchObject({ state: 'fulfilled', outTradeNo: first.outTradeNo });
    expect(sheets()).toBe(2);
    // The next purchase of the same cart is another order.
    expect((await shop.buy(CART)).outTradeNo).not.toBe(first.outTradeNo);
  }));

test.each(['pays_and_nobody_knows', 'pays_and_cancels'] as const)(
  'what the sheet says proves nothing: a payer who %s has paid',
  (does) =>
    played(async ({ shop, payer }) => {
      payer(does);
      const { outTradeNo, state } = await shop.buy(CART);
      expect(['fulfilled', 'paid']).toContain(state);
      expect(await shop.follow(String(outTradeNo))).toMatchObject({ state: 'fulfilled' });
    }),
);

test('answers that are lost lead to the same order, which is paid once', () =>
  played(async ({ shop, lose, calls, server, sheets }) => {
    lose(2);
    const last = await shop.buy(CART);
    expect(last.state).toBe('fulfilled');
    expect(calls.slice(0, 3)).toEqual(['createOrder', 'createOrder', 'createOrder']);
    expect(sheets()).toBe(1);
    const { items } = await server.system.store.orders.list({ after: null, limit: 9 });
    expect(items).toHaveLength(1);
  }));

test('without a network the payer is told so, and may try again', () =>
  played(async ({ shop, lose }) => {
    lose(3);
    expect(await shop.buy(CART)).toMatchObject({
      state: 'refused',
      code: 'NO_ANSWER',
      title: '网络异常，请重试。',
    });
    expect(await shop.buy(CART)).toMatchObject({ state: 'fulfilled' });
  }));

test('a payment that is not known yet is followed for a minute at most, and never called unpaid', async () => {
  const asked: string[] = [];
  const pending = { outTradeNo: 'o-1', payment: 'pending', fulfilment: 'none' };
  const call: Call = async (name) => {
    asked.push(name);
    return name === 'createOrder'
      ? { ok: true, outTradeNo: 'o-1', payment: {} }
      : { ok: true, order: pending };
  };
  const { shop, waited } = faked(call);
  const states = new Set<string>();
  const last = await shop.buy(CART, ({ state }) => states.add(state));
  expect(last).toMatchObject({ state: 'confirming', hint: '付款结果稍后确认，请勿重复付款。' });
  expect([...states]).toEqual(['confirming']);
  expect(waited()).toBeLessThanOrEqual(60_000);
  expect(asked.length).toBeLessThanOrEqual(15);
  // The purchase is kept: its order may be paid, and so its page says, after a restart too.
  expect(shop.kept()).toMatchObject({ outTradeNo: 'o-1', mayBePaid: true });
  expect(await shop.look('o-1')).toMatchObject({ state: 'confirming' });
  expect(await shop.look('o-2')).toMatchObject({ state: 'unpaid' });
});

test('with simulated money a payer stays the same when the mini program is opened again', async () => {
  const storage = new Map<string, unknown>();
  const codes: unknown[] = [];
  let logins = 0;
  const opened = (): Call =>
    backend(
      {
        getStorageSync: (key) => storage.get(key) ?? '',
        setStorageSync: (key, value) => void storage.set(key, value),
        login: ({ success }) => {
          logins += 1;
          success({ code: `code-of-login-${logins}` });
        },
        request: ({ data, success }) => {
          if ('code' in data) codes.push(data.code);
          success({ data: { ok: true, token: 'payer.t', expiresAt: Date.now() + 7_200_000 } });
        },
      },
      { kind: 'server', url: 'http://127.0.0.1:3000', simulated: true },
    );
  for (const call of [opened(), opened()]) await call('queryOrder', { outTradeNo: 'o-1' });
  expect(codes).toEqual(['code-of-login-1', 'code-of-login-1']);
});

test('what cannot be sold is said in the shop’s words', () =>
  played(async ({ shop }) => {
    expect(await shop.buy([{ sku: 'coffee', count: 1 }])).toMatchObject({
      state: 'refused',
      code: 'PRICE_REFUSED',
      title: matching(/do not sell/),
    });
  }));

test('an order that is given up just after it was looked at is closed as soon as it may be asked about', async () => {
  const closed = { outTradeNo: 'o-1', payment: 'closed', fulfilment: 'none' };
  const busy = { ok: false, code: 'ORDER_BUSY', retry: true };
  const answers = [busy, busy, { ok: true, order: closed }];
  const { shop, waited } = faked(async () => answers.shift() ?? busy);
  expect(await shop.close('o-1')).toMatchObject({ state: 'closed', title: '已关闭' });
  // A question is asked about an order every 5 s at most.
  expect(waited()).toBeGreaterThan(5_000);
  expect(await shop.close('o-1')).toMatchObject({ state: 'refused', title: '请稍后重试。' });
});

test('the project is one that the developer tools open: every page has its files, and nothing newer than ES2018', () => {
  const read = (file: string): unknown => parseJson(readFileSync(file, 'utf8'));
  const project = read('examples/miniprogram/project.config.json');
  expect(project).toMatchObject({ miniprogramRoot: 'miniprogram/', compileType: 'miniprogram' });
  const app = read(join(ROOT, 'app.json'));
  const pages = isRecord(app) && Array.isArray(app['pages']) ? app['pages'].map(String) : [];
  expect(pages).not.toEqual([]);
  for (const page of pages) {
    for (const ending of ['js', 'json', 'wxml'])
      expect(existsSync(join(ROOT, `${page}.${ending}`))).toBe(true);
    const script = readFileSync(join(ROOT, `${page}.js`), 'utf8');
    const markup = readFileSync(join(ROOT, `${page}.wxml`), 'utf8');
    for (const [, handler = ''] of markup.matchAll(/bindtap="(\w+)"/g)) {
      expect(script).toMatch(new RegExp(`^  (?:async )?${handler}\\(`, 'm'));
    }
  }
  for (const file of ['app.js', 'lib/purchase.js', 'lib/backend.js', ...pages.map((page) => `${page}.js`)]) {
    expect(readFileSync(join(ROOT, file), 'utf8')).not.toMatch(/\?\.|\?\?|\bimport\b.*\bfrom\b|catch \{/);
  }
});
