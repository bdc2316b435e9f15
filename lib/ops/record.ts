import { errorText } from '../runtime/error-text';
import type { Json } from '../values/json';
import type { ActResult } from './api';
import type { Person } from '../model/principal';
import type { AuditEntry, AuditSubject } from '../model/audit';
import type { OpsDeps } from './deps';

/** What an action did: the item before and after, or why it was refused. */
export type ActionOutcome =
  | { readonly ok: true; readonly before: Json; readonly after: Json; readonly said?: string }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly before: Json };

/**
 * Does something and records it: its start before it has any effect, and its outcome.
 *
 * Failure policy: fail closed. An action that cannot be recorded does not start. When only its
 * outcome could not be recorded, `begun` stays without an outcome, and the answer still says what
 * happened.
 */
export async function recorded(
  deps: Pick<OpsDeps, 'store' | 'clock' | 'newId' | 'log'>,
  by: Person,
  action: string,
  subject: AuditSubject,
  reason: string | null,
  deed: () => Promise<ActionOutcome>,
): Promise<ActResult> {
  const { name } = subject;
  const base = { who: by.name, action, subject, reason };
  const id = deps.newId();
  const write = async (entry: Omit<AuditEntry, keyof typeof base | 'at'>) =>
    deps.store.audit.append({ ...base, ...entry, at: deps.clock.now() });
  try {
    await write({ id, before: null, after: null, outcome: 'begun' });
  } catch (error) {
    deps.log.error('ops_failed', { outTradeNo: null, action, error: errorText(error) });
    return {
      name,
      ok: false,
      code: 'NOT_RECORDED',
      message: 'it could not be recorded and was not done: try again',
    };
  }
  let ended: ActionOutcome | null = null;
  try {
    ended = await deed();
  } catch (error) {
    deps.log.error('ops_failed', { outTradeNo: null, action, error: errorText(error) });
  }
  const [before, after] = [ended?.before ?? null, ended?.ok === true ? ended.after : null];
  const outcome = ended === null ? 'failed' : ended.ok ? 'done' : 'refused';
  deps.log.info('ops_acted', { outTradeNo: null, action, who: by.name, name, outcome });
  await write({ id: `${id}-end`, before, after, outcome }).catch((error: unknown) => {
    deps.log.error('ops_failed', { outTradeNo: null, action, error: errorText(error) });
  });
  if (ended === null) {
    return {
      name,
      ok: false,
      code: 'INTERNAL',
      message: 'it failed with an unknown effect: check the item',
    };
  }
  return ended.ok
    ? { name, ok: true, said: ended.said ?? null }
    : { name, ok: false, code: ended.code, message: ended.message };
}
