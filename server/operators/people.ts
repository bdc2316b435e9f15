import { statSync } from 'node:fs';
import { ConfigError } from '../../lib/config/config';
import type { Config } from '../../lib/config/config-schema';
import type { Operator } from '../../lib/model/operators/operator';
import { readNamed, sharedTokenProblems } from '../../lib/ops/people/people';
import { readTokens } from '../../lib/ops/people/tokens';
import { errorText } from '../../lib/runtime/error-text';
import type { Log } from '../../lib/runtime/log';
import { stopwatch } from '../../lib/runtime/stopwatch';
import type { Clock } from '../../lib/values/instant';

/** What following the operators of config.json needs. */
export interface PeopleParts {
  /** The file, and how it is read: throws when it cannot be used. */
  readonly path: string;
  readonly read: (path: string) => Config;
  readonly first: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly clock: Clock;
}

/** The file is looked at no more often than this, in ms: each look blocks the whole process. */
const LOOK_EVERY_MS = 1_000;

/**
 * The named operators as config.json has them now: the file is read again when it has changed, so
 * that revoking somebody takes effect within a second without a restart. No other setting changes
 * before the next start. Throws `ConfigError` for operators that cannot be used at the
 * start.
 *
 * Failure policy: fail open after the start. A file that cannot be used, perhaps half written,
 * leaves the operators as they were and is logged (`operators_not_read`): otherwise a missing comma
 * would lock everybody out. Check the log after revoking somebody.
 */
export function followPeople({ path, read, first, env, log, clock }: PeopleParts): () => readonly Operator[] {
  let people = usable(first);
  let mark = markOf(path);
  const elapsed = stopwatch(clock);
  let lookedAt = elapsed();
  return () => {
    if (elapsed() - lookedAt < LOOK_EVERY_MS) return people;
    lookedAt = elapsed();
    const now = markOf(path);
    if (now === mark) return people;
    mark = now;
    try {
      people = usable(read(path));
      log.info('operators_read', { outTradeNo: null, operators: people.length });
    } catch (error) {
      log.error('operators_not_read', { outTradeNo: null, error: errorText(error) });
    }
    return people;
  };

  function usable(config: Config): readonly Operator[] {
    const { people: read, problems } = readNamed(config.ops.people, env);
    const [problem] = [...problems, ...sharedTokenProblems(read, readTokens(env).tokens)];
    if (problem !== undefined) throw new ConfigError(problem);
    return read;
  }
}

/** A mark that changes with the file; empty if the file cannot be read. */
function markOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return '';
  }
}
