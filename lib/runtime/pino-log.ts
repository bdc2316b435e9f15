import pino from 'pino';
import { maskPayer } from '../values/ids';
import type { Log, LogEvent, LogFields } from './log';

/** Levels that can be configured, least first. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/**
 * A log that writes one JSON line per event to standard output, payers masked. In cloud functions' bundles the build puts pino's
 * browser edition in the place of `pino`: the same lines without the streams and worker threads that a cold start pays for.
 *
 * The two editions disagree on what `timestamp` and `formatters` may return, so the time is a field of ours.
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
  return {
    info: (event, fields) => logger.info(line(event, fields)),
    warn: (event, fields) => logger.warn(line(event, fields)),
    error: (event, fields) => logger.error(line(event, fields)),
  };
}

function writeLine(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** JSON escapes what is below a space. A terminal obeys these too, and the last ones turn a line around before a reader's eyes. */
const OBEYED = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** No field of ours is longer. What a stranger sends may be. */
const LONGEST = 500;

function safe(value: LogFields[string]): LogFields[string] {
  if (typeof value !== 'string') return value;
  const short = value.length <= LONGEST ? value : `${value.slice(0, LONGEST)}…`;
  return short.replace(OBEYED, '\ufffd');
}

function line(event: LogEvent, fields: LogFields): Record<string, unknown> {
  const { payer, ...rest } = fields;
  const whole: Record<string, unknown> = { time: new Date().toISOString(), event };
  for (const [name, value] of Object.entries(rest)) whole[name] = safe(value);
  return payer === undefined ? whole : { ...whole, payer: maskPayer(payer) };
}
