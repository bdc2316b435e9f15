import { differ, minutes } from './differ';
import type { WrittenConfig } from './written';

/** An invalid bill is reported within this many minutes after it was first downloaded. */
const VERDICT_WITHIN_MINUTES = 60;

/** Downloads of an invalid bill that would take too long before it is called so; one line. Pure. */
export function billVerdict({ fileTries, backoff }: WrittenConfig['statement']): string[] {
  const waits = Array.from({ length: fileTries - 1 }, (_, n) =>
    Math.min(backoff.maxSeconds, backoff.firstSeconds * 2 ** n),
  );
  const sums = waits.map((_, n) => waits.slice(0, n + 1).reduce((sum, wait) => sum + wait, 0));
  const most = sums.filter((sum) => sum <= VERDICT_WITHIN_MINUTES * 60).length + 1;
  if (most >= fileTries) return [];
  return [
    differ(
      ['statement.fileTries', fileTries],
      ['statement.backoff', backoff],
      `an invalid bill would be reported only after ${minutes((sums.at(-1) ?? 0) / 60)}`,
      `fileTries of at most ${most}, or shorter waits, within ${VERDICT_WITHIN_MINUTES} min together`,
    ),
  ];
}
