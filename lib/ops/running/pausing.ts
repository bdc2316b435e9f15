import type { Pausable, Pause } from '../../model/operators/pause';
import type { Person } from '../../model/operators/principal';
import { liftPause, setPause, standingPauses } from '../../store/pauses';
import type { Json } from '../../values/json';
import type { OpsOperations, OpsReply } from '../api';
import type { OpsDeps } from '../deps';
import { recorded } from '../record';
import { refused, type Refused } from '../refused';

/** Pauses a worker or a merchant. Refused for a merchant this installation does not have. */
export async function pauseWork(
  deps: OpsDeps,
  by: Person,
  { of, reason, until = null }: OpsOperations['pause']['params'],
): Promise<OpsReply<'pause'>> {
  const since = deps.clock.now();
  if (!isKnown(deps, of)) return refused('NOT_FOUND', `there is no merchant ${of.name} here`);
  if (until !== null && until <= since) return refused('BAD_INPUT', 'a pause ends in the future');
  const pause: Pause = { of, since, who: by.name, reason, until };
  const done = await recorded(deps, by, 'pause', of, reason, async () => ({
    ok: true,
    before: lineOf(await setPause(deps, pause)),
    after: lineOf(pause),
    changed: null,
  }));
  return done.ok ? { ok: true, pauses: await standing(deps) } : notDone(done);
}

/** Ends a pause; nothing happens when none stands. */
export async function resumeWork(
  deps: OpsDeps,
  by: Person,
  { of, reason }: OpsOperations['resume']['params'],
): Promise<OpsReply<'resume'>> {
  const done = await recorded(deps, by, 'resume', of, reason ?? null, async () => {
    const ended = await liftPause(deps, of);
    return { ok: true, before: lineOf(ended), after: null, changed: ended };
  });
  return done.ok ? { ok: true, ended: done.changed, pauses: await standing(deps) } : notDone(done);
}

async function standing(deps: OpsDeps): Promise<readonly Pause[]> {
  return (await standingPauses(deps)).all;
}

function isKnown({ merchants }: OpsDeps, pausable: Pausable): boolean {
  return pausable.kind === 'worker' || merchants.includes(pausable.name);
}

function lineOf(pause: Pause | null): Json {
  if (pause === null) return null;
  const { since, until, who, reason } = pause;
  return { since, until, who, reason };
}

function notDone({ code, message }: { readonly code: string; readonly message: string }): Refused {
  return refused(code === 'NOT_RECORDED' ? 'NOT_RECORDED' : 'INTERNAL', message);
}
