import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { receiveV3, V3_OUTCOMES, v3Signers } from '../../lib/inbox/v3/receive-v3';
import type { NewMessage } from '../../lib/model/message';
import { isInboxKey, keyOf } from '../../lib/model/message';
import { systemTimers } from '../../lib/runtime/timers';
import { later } from '../../lib/values/instant';
import { rememberedLog } from '../inbox/stage';
import {
  API_KEY,
  config,
  envelope,
  KEY_ID,
  KEYS,
  MCH,
  OTHER_KEYS,
  PAYMENT,
  REFUND,
  signed,
  SUB,
} from '../server/door/v3-notifications';
import { START } from '../store/builders';
import { jsonOf, mutated } from './mutations';
import { check, pure } from './target';

const SIGNERS = v3Signers(config.merchants, (signer) => ({
  keys: () => (signer === MCH ? KEYS : OTHER_KEYS),
}));

/** A stranger's own key. */
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** How a notification is signed and encrypted. Only `truly` is what WeChat Pay does. */
const WAYS = ['truly', 'forged', 'unnamed_key', 'late', 'changed', 'other_key'] as const;

const OURS: ReadonlySet<string> = new Set([MCH, SUB]);

/** A body and its headers. */
function sent(resource: object, way: (typeof WAYS)[number], event: string) {
  const key = way === 'other_key' ? { key: Buffer.from(API_KEY).reverse() } : {};
  const body = envelope(jsonOf(resource), { event, ...key });
  switch (way) {
    case 'truly':
    case 'other_key':
      return { body, headers: signed(body) };
    case 'forged':
      return { body, headers: signed(body, { key: stranger.privateKey, serial: KEY_ID }) };
    case 'unnamed_key':
      return { body, headers: signed(body, { key: stranger.privateKey, serial: 'PUB_KEY_ID_UNKNOWN' }) };
    case 'late':
      return { body, headers: signed(body, { at: later(START, -301_000) }) };
    case 'changed':
      return { body: body.replace('EV-', 'EV_'), headers: signed(body) };
  }
}

/**
 * The callback of API v3. What WeChat Pay did not sign for these bytes and this time is never
 * believed, and never acknowledged; what names another merchant is not kept.
 */
export const v3Notifications = pure(
  'notifications of API v3',
  60,
  fc.record({
    resource: mutated([PAYMENT, REFUND]),
    way: fc.constantFrom(...WAYS),
    event: fc.oneof(fc.constantFrom('TRANSACTION.SUCCESS', 'REFUND.SUCCESS', 'REFUND.ABNORMAL'), fc.string()),
    cut: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 400 }) }),
    mchId: fc.constantFrom(null, MCH, SUB, '1900000999'),
  }),
  async ({ resource, way, event, cut, mchId }) => {
    const { body, headers } = sent(resource, way, event);
    const bytes = Buffer.from(body);
    const kept: NewMessage[] = [];
    const outcome = await receiveV3(
      {
        record: async (message) => {
          kept.push(message);
          return 'stored';
        },
        clock: { now: () => START },
        timers: systemTimers,
        log: rememberedLog(),
        ackBudgetMs: 2_500,
        signers: SIGNERS,
        signals: { show: async () => undefined, verified: async () => undefined },
      },
      { headers, body: bytes.subarray(0, bytes.length - cut), mchId },
    );
    const isGenuine = way === 'truly' && cut === 0;
    const isAcked = V3_OUTCOMES[outcome] < 300;
    check(!isAcked || (isGenuine && kept.length === 1), `${outcome} for ${way} with ${kept.length} kept`);
    check(kept.length <= 1, 'kept twice');
    for (const { key, content, trust } of kept) {
      check(trust === 'unverified' || isGenuine, `believes ${way}`);
      check(isInboxKey(key) && key === keyOf(content, trust), `a key of nothing: ${key}`);
      const named = content.kind === 'payment' ? content.payment.subMchId : null;
      check(named === null || OURS.has(named), 'kept for a stranger');
    }
  },
);
