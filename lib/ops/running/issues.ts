import type { Alarm } from '../../model/alarm';
import type { IssueHandling, Mute } from '../../model/operators/issue';
import { handlingAt, LONGEST_MUTE_MS } from '../../model/operators/issue';
import type { Person } from '../../model/operators/principal';
import { changeIssue, handledIssues } from '../../store/issues';
import type { Instant } from '../../values/instant';
import type { Json } from '../../values/json';
import type { OpsOperations, OpsReply } from '../api';
import type { OpsDeps } from '../deps';
import { recorded } from '../record';
import { refused } from '../refused';

/** What operators say of each issue that stands now. */
export async function standingIssues(
  deps: OpsDeps,
  alarms: readonly Alarm[],
): Promise<readonly IssueHandling[]> {
  const now = deps.clock.now();
  const handled = await handledIssues(deps);
  return handled
    .map((one) => handlingAt(one, alarms.find(({ cause }) => cause === one.cause) ?? null, now))
    .filter(({ owner, mute }) => owner !== null || mute !== null);
}

/** Takes an issue, gives it back, mutes or unmutes it. */
export async function handleIssue(
  deps: OpsDeps,
  by: Person,
  asked: OpsOperations['handle_issue']['params'],
): Promise<OpsReply<'handle_issue'>> {
  const { cause, step, reason = null, until = null } = asked;
  const now = deps.clock.now();
  if (step === 'mute') {
    if (reason === null || until === null) return refused('BAD_INPUT', 'to mute, send a reason and until');
    if (until <= now || until - now > LONGEST_MUTE_MS)
      return refused('BAD_INPUT', 'a mute ends in the future, in a week at most');
  }
  const alarms = await deps.store.alarms.all();
  const alarm = alarms.find((one) => one.cause === cause) ?? null;
  const subject = { kind: 'alarm', name: cause } as const;
  const done = await recorded(deps, by, `${step}_issue`, subject, reason, async () => {
    const { before, after } = await changeIssue(deps, cause, (one) =>
      changed(handlingAt(one, alarm, now), asked, by, now, badnessOf(alarm)),
    );
    return { ok: true, before: lineOf(before), after: lineOf(after), changed: null };
  });
  return done.ok
    ? { ok: true, issues: await standingIssues(deps, alarms) }
    : refused(done.code === 'NOT_RECORDED' ? 'NOT_RECORDED' : 'INTERNAL', done.message);
}

function changed(
  before: IssueHandling,
  { step, until = null, reason = '' }: OpsOperations['handle_issue']['params'],
  by: Person,
  now: Instant,
  badness: Pick<Mute, 'level' | 'value'>,
): IssueHandling {
  switch (step) {
    case 'take':
      return { ...before, owner: { who: by.name, at: now } };
    case 'give_back':
      return { ...before, owner: null };
    case 'mute':
      return until === null
        ? before
        : { ...before, mute: { who: by.name, reason, since: now, until, ...badness } };
    case 'unmute':
      return { ...before, mute: null };
  }
}

/** Of what the watchdog has not seen yet, only the first notice is muted. */
function badnessOf(alarm: Alarm | null): Pick<Mute, 'level' | 'value'> {
  if (alarm === null || alarm.level === 0) return { level: 50, value: 0 };
  return { level: alarm.level, value: alarm.value };
}

function lineOf({ owner, mute }: IssueHandling): Json {
  return { owner: owner?.who ?? null, mutedUntil: mute?.until ?? null };
}
