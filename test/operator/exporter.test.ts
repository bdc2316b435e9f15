import { readFileSync } from 'node:fs';
import type { OpsName, OpsReply } from '../../lib/ops/api';
import { later } from '../../lib/values/instant';
import { exporter, KEPT_MS } from '../../operator/exporter/exporter';
import { onStage } from '../inbox/stage';
import { operateOn } from '../ops/operating';
import { message, order, START } from '../store/builders';

describe('the exporter over ops', () => {
  it('exposes what a server exposes, under the same names', () =>
    onStage(async ({ store }) => {
      await store.inbox.record(message(1));
      await store.orders.create(order(1));
      const { ask } = operateOn(store, () => later(START, 90_000));
      const text = await exporter(asClient(ask), { now: () => START })();
      expect(text).toContain('wxpay_inbox_messages{state="pending",trust="platform"} 1\n');
      expect(text).toContain('wxpay_inbox_oldest_due_seconds 90\n');
      expect(text).toContain('wxpay_inbox_orders{aspect="payment",state="pending"} 1\n');
      expect(text).toContain('wxpay_inbox_alarm_level{cause="clock_skew"} 0\n');
      expect(text).toContain('wxpay_inbox_exporter_up 1\n');
      const page = readFileSync('docs/metrics.md', 'utf8');
      for (const [, name = ''] of text.matchAll(/^# TYPE (\w+) gauge$/gm))
        expect(page).toContain(`\`${name}\``);
    }));

  it('calls once a minute at most, and exposes no old figures while ops is away', async () => {
    let [now, calls] = [START, 0];
    const scrape = exporter(
      {
        ask: () => {
          calls += 1;
          return Promise.reject(new Error('away'));
        },
      },
      { now: () => now },
    );
    expect(await Promise.all([scrape(), scrape()])).toEqual(Array(2).fill(DOWN));
    expect(calls).toBe(1);
    now = later(now, KEPT_MS);
    expect(await scrape()).toBe(DOWN);
    expect(calls).toBe(2);
  });
});

const DOWN = '# TYPE wxpay_inbox_exporter_up gauge\nwxpay_inbox_exporter_up 0\n';

/** A client whose server is this store. */
function asClient(ask: (op: OpsName) => Promise<OpsReply>) {
  return {
    async ask<Name extends OpsName>(op: Name): Promise<OpsReply<Name>> {
      const reply: unknown = await ask(op);
      if (!isReply<Name>(reply)) throw new Error('no answer');
      return reply;
    },
  };
}

function isReply<Name extends OpsName>(value: unknown): value is OpsReply<Name> {
  return typeof value === 'object' && value !== null && 'ok' in value;
}
