import { z } from 'zod';
import { isRecord } from '../values/json';
import { recordOf } from '../values/record-of';
import { contradictionsIn, type RunsOn } from './agreement';
import { serverTimerOf, WORKER_NAMES } from './jobs';
import { settingsOf } from './settings';
import { writtenConfig } from './written';

/**
 * `config.json` as it is read: every setting is checked by itself; once all are right, against the
 * others; and then it is taken to the units of the program. The output is what each part takes, so
 * that no setting is converted or named a second time.
 */
export const configSchema = {
  cloud: schemaFor('cloud'),
  server: schemaFor('server'),
} as const satisfies Readonly<Record<RunsOn, unknown>>;

function schemaFor(runsOn: RunsOn) {
  const withTimers = z.preprocess(runsOn === 'server' ? withServerTimers : (json) => json, writtenConfig);
  return withTimers.transform((written, context) => {
    for (const message of contradictionsIn(written, runsOn)) {
      context.addIssue({ code: 'custom', message, params: { disagree: true } });
    }
    return settingsOf(written);
  });
}

/** Every setting, in the units of the program. */
export type Config = z.output<(typeof configSchema)[RunsOn]>;

/** The settings with the timers of a server where none is written. */
function withServerTimers(json: unknown): unknown {
  if (!isRecord(json)) return json;
  const { timers = {} } = json;
  // Anything but an object is left unchanged, and the schema refuses it.
  return isRecord(timers)
    ? { ...json, timers: { ...recordOf(WORKER_NAMES, serverTimerOf), ...timers } }
    : json;
}
