import type { IssueHandling } from '../../lib/model/operators/issue';
import type { Today } from '../../lib/model/operators/today';
import { yuan } from '../../lib/values/yuan';
import { rows, time } from '../rows';
import type { Words } from '../words';

/** The money of today, against this time of day yesterday and a week ago. */
export function todayText(words: Words, { asOf, today, yesterday, lastWeek }: Today): string {
  const table = (['paid', 'refunded', 'held', 'failed'] as const).map((kind) => ({
    today: words.today[kind],
    amount: yuan(today[kind].total),
    count: String(today[kind].count),
    yesterday: yuan(yesterday[kind].total),
    'a week ago': yuan(lastWeek[kind].total),
  }));
  return `${rows(words, table)}${words.today.asOf(time(asOf))}\n`;
}

/** Who is on an issue, and until when it is muted. */
export function handlingOf(
  issues: readonly IssueHandling[],
  cause: IssueHandling['cause'],
): { readonly owner: string; readonly 'muted until': string } {
  const { owner = null, mute = null } = issues.find((one) => one.cause === cause) ?? {};
  return { owner: owner?.who ?? '', 'muted until': mute === null ? '' : time(mute.until) };
}

/** Every issue that somebody is on, or that is muted. */
export function issuesText(words: Words, issues: readonly IssueHandling[]): string {
  return rows(
    words,
    issues.map(({ cause }) => ({ cause, ...handlingOf(issues, cause) })),
  );
}
