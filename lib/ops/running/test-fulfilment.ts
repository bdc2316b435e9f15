import type { Person } from '../../model/operators/principal';
import type { WebhookTest } from '../../webhook/test-result';
import type { OpsDeps } from '../deps';
import { recorded } from '../record';

/**
 * Sends the merchant's own system a test event and records it. The call takes no part in what is
 * known of the system: it is made even while fulfilment leaves the system alone. `none`: there is
 * no such system. Null when it could not be recorded: then nothing was sent.
 */
export async function testFulfilment(deps: OpsDeps, by: Person): Promise<WebhookTest | 'none' | null> {
  const { webhook, newId } = deps;
  if (webhook === null) return 'none';
  const id = `test:${newId()}`;
  const subject = { kind: 'webhook', name: id } as const;
  const result = await recorded(deps, by, 'test_fulfilment', subject, null, async () => {
    const changed = await webhook.test(id);
    const { host, status, ms, result: cameTo } = changed;
    return { ok: true, before: null, after: { host, status, ms, result: cameTo }, changed };
  });
  return result.ok ? result.changed : null;
}
