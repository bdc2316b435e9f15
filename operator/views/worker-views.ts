import type { Pause } from '../../lib/model/operators/pause';
import type { OpsOperations } from '../../lib/ops/api';
import { rows, time } from '../rows';
import type { Words } from '../words';

/** How each worker stands, and what is paused. */
export function workersText(
  words: Words,
  { workers, notedEveryMs, pauses }: OpsOperations['workers']['answer'],
): string {
  const paused = new Set<string>(pauses.map(({ of }) => of.name));
  const table = rows(
    words,
    workers.map(({ worker, isRunning, last, nextAt }) => ({
      worker,
      result: paused.has(worker) ? words.paused : isRunning ? words.running : (last?.outcome ?? ''),
      'last run': time(last?.startedAt ?? null),
      duration: last === null ? '' : `${last.ms} ms`,
      'next run': time(nextAt),
    })),
  );
  const noted = notedEveryMs === null ? '' : `${words.runsNoted(Math.round(notedEveryMs / 60_000))}\n`;
  return [table, noted, pauses.length === 0 ? '' : `\n${pausesText(words, pauses)}`].join('');
}

/** What is paused, by whom, why and until when. */
export function pausesText(words: Words, pauses: readonly Pause[]): string {
  if (pauses.length === 0) return `${words.nothingPausedNow}\n`;
  return rows(
    words,
    pauses.map(({ of, who, reason, since, until }) => ({
      paused: of.name,
      who,
      reason,
      since: time(since),
      until: until === null ? '' : time(until),
    })),
  );
}
