import { run } from '../../operator/run';
import { openClient } from '../../operator/client';
import type { Store } from '../../lib/store/port';
import { onStage } from '../inbox/stage';
import { inFolder, onServer } from '../server/running';
import { order, paidAt, START, tradeNo } from '../store/builders';
import { operateOn } from './operating';

const ACT = 'the-token-of-who-may-act';
const NAMES = [1, 2, 3, 9, 1].map(tradeNo);

/** Two held orders, and one that is not. */
async function sell(store: Store): Promise<void> {
  for (const n of [1, 2]) {
    const fulfilment = { state: 'held', attempts: 0, heldAt: START, reason: 'refund_sum_unknown' } as const;
    await store.orders.create(order(n, { payment: paidAt(n, START), fulfilment }));
  }
  await store.orders.create(order(3, { payment: paidAt(3, START) }));
}

test('a release is previewed order by order: what is held and why, and what would be refused; nothing changes', () =>
  onStage(async ({ store }) => {
    await sell(store);
    const { ask } = operateOn(store, () => START);
    const reader = { name: 'wu', role: 'read' } as const;
    expect(await ask('preview_release', { names: NAMES }, reader)).toMatchObject({
      ok: true,
      items: [
        { name: tradeNo(1), ok: true, order: { total: 101 }, hold: { reason: 'refund_sum_unknown' } },
        { name: tradeNo(2), ok: true },
        { name: tradeNo(3), ok: false, code: 'NOT_NOW' },
        { name: tradeNo(9), ok: false, code: 'NOT_FOUND' },
      ],
    });
    expect((await store.orders.counts()).fulfilment.held).toBe(2);
    expect((await store.audit.list({ subject: null, after: null, limit: 9 })).items).toEqual([]);
  }));

test('the command shows the preview before it asks, and then the result of each order', () =>
  inFolder((folder) =>
    onServer(
      folder,
      async ({ system: { store }, url }) => {
        await sell(store);
        const client = openClient(url, ACT);
        const seen: string[] = [];
        const release = (answer: boolean) =>
          run(
            {
              kind: 'act',
              action: 'release_hold',
              names: NAMES,
              more: { reason: 'seen in the merchant platform' },
              grave: true,
            },
            {
              client,
              language: 'en',
              json: false,
              readNames: async () => [],
              say: () => undefined,
              isAgreed: false,
              untilStopped: (work) => work(() => false),
              preview: (text) => void seen.push(text),
              confirm: async (what, count) => {
                seen.push(`${what} ${count}`);
                return answer;
              },
            },
          );
        expect(await release(false)).toMatchObject({ code: 1 });
        expect((await store.orders.counts()).fulfilment.held).toBe(2);
        expect(seen).toEqual([expect.stringMatching(/1\.01 +refund_sum_unknown/), 'release_hold 4']);
        const { output, code } = await release(true);
        expect(code).toBe(1);
        expect(output).toContain('done: 2, refused: 2');
        expect((await store.orders.counts()).fulfilment.held).toBe(0);
      },
      ACT,
    ),
  ));
