import { watch } from '../../lib/ops/watch/watch';
import { openTargets } from '../../lib/robots/targets';
import { readConfig } from '../../lib/config/config';
import { longestWaits } from '../../lib/hosting/longest-waits';
import { systemTimers } from '../../lib/runtime/timers';
import type { Store } from '../../lib/store/port';
import { later, type Instant } from '../../lib/values/instant';
import { PLENTY, rememberedLog } from '../inbox/stage';
import { says, withRobot } from '../robots/loopback';
import { claimAt, discrepancy, message, order, paidAt, refund, settlement } from '../store/builders';
import { withHarness } from '../store/harness';
import { openSqliteHarness } from '../store/sqlite/harness';

/*
 * Alarms go to groups of people who trust them. A stranger who writes into an order, a notification
 * or an error must not be able to speak there: no link, no mention of everybody, no second message,
 * not one word.
 */

const MARK = 'MARKEDWORD';
const POISONS: readonly string[] = [
  `[${MARK}](https://evil.example/${MARK})`,
  `<@all> @all <at user_id="all">${MARK}</at> @13800000000`,
  `${MARK}\r\n\n【告警 100%】forged\n${MARK}`,
  `<img src=x onerror=alert(1)>${MARK}&lt;`,
  `\u0000\u001b[31m\u202e${MARK}\u2028`,
  `"}],"at":{"isAtAll":true},"x":"${MARK}`,
  MARK.repeat(5_000),
];

const DAY = 86_400_000;
const KINDS = ['wecom', 'feishu', 'dingtalk', 'webhook'] as const;

/**
 * Stores `text` wherever a stranger, a merchant's hook or WeChat Pay may write, with every cause
 * on.
 */
async function fill(store: Store, now: Instant, text: string): Promise<void> {
  const then = later(now, -2 * DAY);
  for (let n = 1; n <= 3; n += 1) {
    await store.inbox.record(message(n, { raw: JSON.stringify({ attach: text }), receivedAt: now }));
    await store.orders.create(
      order(n, {
        createdAt: then,
        attach: text,
        body: text,
        cart: { note: text },
        payment: paidAt(n, then),
        fulfilment: { state: 'dead', attempts: 12, deadAt: now, reason: text },
      }),
    );
    await store.orders.create(order(n + 10, { createdAt: later(now, -DAY), nextAskAt: then, attach: text }));
    await store.refunds.create(
      refund(n, {
        reason: text,
        lastError: text,
        progress: {
          state: 'abnormal',
          reason: text,
          knownAt: then,
          knownBy: 'callback',
          evidence: message(n).key,
        },
      }),
    );
  }
  const request = claimAt(now, { limit: 2 });
  const finish = { kind: 'dead', reason: 'mismatch', error: text } as const;
  const claimed = await store.inbox.claim(request);
  await store.inbox.settle(
    request.token,
    now,
    claimed.map((one) => settlement(one, finish)),
  );
  await store.discrepancies.see(
    [1, 2, 3].map((n) => discrepancy(n, then, { ours: { said: text }, theirs: { said: text } })),
  );
  await store.alarms.raise({ cause: 'missing_api_token', lastSeenAt: now, detail: text });
}

/** An answer that says in every robot's words that the notice was taken. */
const TAKEN_BY_ALL = says('{"errcode":0,"errmsg":"ok","code":0,"StatusCode":0}');

/** What the robots are sent, one of each kind, when the store holds this text. */
async function toldWith(text: string): Promise<readonly string[]> {
  let bodies: string[] = [];
  await withHarness(openSqliteHarness, async ({ store, now }) => {
    await fill(store, now(), text);
    await withRobot(async ({ url, received, behave }) => {
      behave(TAKEN_BY_ALL);
      const targets = KINDS.map((kind) => ({ name: kind, kind, mentionAll: false }));
      const config = readConfig({
        merchants: [{ subMchId: '1900000109', name: '茶铺' }],
        watchdog: { targets },
      });
      const env = Object.fromEntries(
        KINDS.flatMap((kind) => [
          [`ALARM_${kind.toUpperCase()}_URL`, `${url}/${kind}`],
          [`ALARM_${kind.toUpperCase()}_SECRET`, 'SEC0123456789abcdef0123456789'],
        ]),
      );
      const clock = { now };
      const deps = {
        store,
        clock,
        log: rememberedLog(),
        settings: config.watchdog,
        longestWaits: longestWaits(config),
        targets: openTargets(config.watchdog.targets, env, { clock, timers: systemTimers }),
        retryPauseMs: 1,
      };
      const { failed, delivered } = await watch(deps, PLENTY);
      expect({ failed, delivered }).toEqual({ failed: 0, delivered: received.length });
      bodies = received.map(({ path, text: body }) => `${path} ${body}`).sort();
    });
  })();
  return bodies;
}

test('no robot is sent a word that came from outside: what it is sent is the same whatever strangers wrote', async () => {
  const harmless = await toldWith('tea');
  // Of every kind as many, and of most causes one.
  for (const kind of KINDS) {
    expect(harmless.filter((body) => body.startsWith(`/${kind} `)).length).toBeGreaterThanOrEqual(5);
  }
  for (const poison of POISONS) expect(await toldWith(poison)).toEqual(harmless);
  expect(harmless.join('')).not.toContain(MARK);
}, 120_000);
