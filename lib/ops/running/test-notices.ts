import type { Person } from '../../model/operators/principal';
import { errorText } from '../../runtime/error-text';
import type { OpsDeps } from '../deps';
import { recorded } from '../record';
import type { TestedTarget } from '../watch/notice';
import { DeliveryError } from '../watch/notice';
import { writeTest } from '../watch/write-notice';

/**
 * Sends a test notice to every robot and webhook, once each and at the same time, and records it.
 * A refusal names its fix where it is known. Null when it could not be recorded: then nothing was
 * sent.
 */
export async function testNotices(deps: OpsDeps, by: Person): Promise<readonly TestedTarget[] | null> {
  const { targets, speech, clock } = deps;
  const notice = writeTest(deps.newId(), clock.now(), speech);
  const subject = { kind: 'alarm', name: notice.cause } as const;
  const result = await recorded(deps, by, 'test_notices', subject, null, async () => {
    const changed = await Promise.all(
      targets.map(async (target): Promise<TestedTarget> => {
        try {
          await target.deliver(notice);
          return { target: target.name, ok: true };
        } catch (error) {
          const message = error instanceof DeliveryError ? error.message : errorText(error);
          return { target: target.name, ok: false, message };
        }
      }),
    );
    const after = changed.map(({ target, ok }) => ({ target, ok }));
    return { ok: true, before: null, after, changed };
  });
  return result.ok ? result.changed : null;
}
