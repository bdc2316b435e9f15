import { errorText } from '../runtime/error-text';
import type { Json } from '../values/json';
import type { Said } from '../rules/last-answer';
import type { Person } from '../model/operators/principal';
import type { AuditEntry, AuditSubject } from '../model/operators/audit';
import type { OpsDeps } from './deps';

/**
 * What an action did: what it changed, with the item before and after for the audit log; or why it
 * was refused, with what WeChat Pay answered.
 */
export type ActionOutcome<Change> =
  | { readonly ok: true; readonly before: Json; readonly after: Json; readonly changed: Change }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly before: Json;
      readonly said?: readonly Said[];
    };

/** The same without what is for the audit log only. */
export type RecordedOutcome<Change> =
  | { readonly ok: true; readonly changed: Change }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly said: readonly Said[];
    };

/**
 * Does something and records it: its start before it has any effect, and its outcome.
 *
 * Failure policy: fail closed. An action that cannot be recorded does not start. When only its
 * outcome could not be recorded, `begun` stays without an outcome, and the answer still says what
 * happened.
 */
export async function recorded<Change>(
  deps: Pick<OpsDeps, 'store' | 'clock' | 'newId' | 'log'>,
  by: Person,
  action: string,
  subject: AuditSubject,
  reason: string | null,
  perform: () => Promise<ActionOutcome<Change>>,
): Promise<RecordedOutcome<Change>> {
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
      ok: false,
      code: 'NOT_RECORDED',
      message: 'it could not be recorded and was not done: try again',
      said: [],
    };
  }
  let ended: ActionOutcome<Change> | null = null;
  try {
    ended = await perform();
  } catch (error) {
    deps.log.error('ops_failed', { outTradeNo: null, action, error: errorText(error) });
  }
  const before = ended?.before ?? null;
  const after = afterOf(ended);
  const outcome = ended === null ? 'failed' : ended.ok ? 'done' : 'refused';
  deps.log.info('ops_acted', { outTradeNo: null, action, who: by.name, name, outcome });
  await write({ id: `${id}-end`, before, after, outcome }).catch((error: unknown) => {
    deps.log.error('ops_failed', { outTradeNo: null, action, error: errorText(error) });
  });
  if (ended === null) {
    return {
      ok: false,
      code: 'INTERNAL',
      message: 'it failed with an unknown effect: check the item',
      said: [],
    };
  }
  return ended.ok
    ? { ok: true, changed: ended.changed }
    : { ok: false, code: ended.code, message: ended.message, said: ended.said ?? [] };
}

/** WeChat Pay's answer is recorded even where it led to a refusal. */
function afterOf(ended: ActionOutcome<unknown> | null): Json {
  if (ended === null) return null;
  if (ended.ok) return ended.after;
  return ended.said === undefined ? null : { said: ended.said };
}
