import pino from 'pino';
import { maskPayer } from '../values/ids';
import type { Log, LogEvent, LogFields } from './log';

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** Levels that can be configured, least first. */
export type LogLevel = (typeof LEVELS)[number];

/**
 * A log that writes one JSON line per event to standard output, payers masked. In cloud functions'
 * bundles the build puts pino's browser edition in the place of `pino`: the same lines without the
 * streams and worker threads that a cold start pays for.
 *
 * The two editions disagree on what `timestamp` and `formatters` may return, so the time is a field
 * of ours.
 */
export function pinoLog(level: LogLevel): Log {
  const formatters = { level: (label: string) => ({ level: label }) };
  const logger = pino({
    level,
    base: null,
    timestamp: false,
    formatters,
    browser: { asObject: true, formatters, write: writeLine },
  });
  // A line that is not written is not made either: a message that is worked off would spend 3 of
  // its 50 µs on it.
  const written = (at: LogLevel): boolean => LEVELS.indexOf(at) >= LEVELS.indexOf(level);
  const [info, warn, error] = [written('info'), written('warn'), written('error')];
  return {
    info: (event, fields) => {
      if (info) logger.info(line(event, fields));
    },
    warn: (event, fields) => {
      if (warn) logger.warn(line(event, fields));
    },
    error: (event, fields) => {
      if (error) logger.error(line(event, fields));
    },
  };
}

function writeLine(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/**
 * JSON escapes what is below a space. A terminal obeys these too, and the last ones turn a line
 * around before a reader's eyes.
 */
const OBEYED = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** No field of ours is longer. What a stranger sends may be. */
const LONGEST = 500;

function safe(value: LogFields[string]): LogFields[string] {
  if (typeof value !== 'string') return value;
  const short = value.length <= LONGEST ? value : `${value.slice(0, LONGEST)}…`;
  return short.replace(OBEYED, '\ufffd');
}

function line(event: LogEvent, fields: LogFields): Record<string, unknown> {
  const whole: Record<string, unknown> = { time: new Date().toISOString(), event };
  for (const name of Object.keys(fields)) if (name !== 'payer') whole[name] = safe(fields[name]);
  if (fields.payer !== undefined) whole['payer'] = maskPayer(fields.payer);
  return whole;
}
