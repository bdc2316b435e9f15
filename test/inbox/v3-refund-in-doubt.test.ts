import { receiveV3, v3Signers } from '../../lib/inbox/v3/receive-v3';
import { inShop } from '../orders/shop';
import { config, envelope, KEYS, MCH, REFUND, signed } from '../server/door/v3-notifications';
import { message, tradeNo } from '../store/builders';
import type { Stage } from './stage';

/* Refund notifications that WeChat Pay signed, and that could be read in two ways. */

const text = JSON.stringify(REFUND);
const CLOSED = { ...REFUND, refund_status: 'CLOSED' };

/** Receives what is signed, and gives its message. */
async function received({ deps, store, log }: Stage, body: string) {
  const outcome = await receiveV3(
    {
      signers: v3Signers(config.merchants, () => ({ keys: () => KEYS })),
      record: (one) => store.inbox.record(one),
      clock: deps.clock,
      timers: { after: () => () => undefined },
      log,
      ackBudgetMs: 2_500,
      signals: { show: async () => undefined, verified: () => null },
    },
    { headers: signed(body, { at: deps.clock.now() }), body: Buffer.from(body), mchId: MCH },
  );
  expect(outcome).toBe('stored');
  return (await store.inbox.ofOrder(tradeNo(1))).find(({ content }) => content.kind === 'refund');
}

test.each<[string, string]>([
  [
    'its amount twice',
    envelope(text.replace('"refund":101', '"refund":1,"refund":101'), { event: 'REFUND.SUCCESS' }),
  ],
  [
    'its state twice',
    envelope(text.replace('"refund_status"', '"refund_status":"CLOSED","refund_status"'), {
      event: 'REFUND.SUCCESS',
    }),
  ],
  [
    'its event twice',
    envelope(REFUND, { event: 'REFUND.SUCCESS' }).replace(
      '"event_type"',
      '"event_type":"REFUND.CLOSED","event_type"',
    ),
  ],
  ['another end than its event', envelope(CLOSED, { event: 'REFUND.SUCCESS' })],
])('one that states %s is believed to be of its order, and holds it', async (_, body) =>
  inShop(async ({ hear, inbox, minutes, delivered, order: now, open }, stage) => {
    const one = await received(stage, body);
    expect(one).toMatchObject({
      trust: 'platform',
      content: { refund: { state: 'unknown', total: null, refund: null, settled: null, succeededAt: null } },
    });
    await hear(message(1));
    await inbox();
    await minutes(10);
    expect(delivered).toEqual([]);
    expect((await now()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_message_open' });
    expect(await open()).toContain('fulfilment_held');
  })(),
);
