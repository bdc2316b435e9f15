import pino from 'pino';
import { maskPayer } from '../values/ids';
import type { Log, LogEvent, LogFields } from './log';

/** Levels that can be configured, least first. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/**
 * A log that writes one JSON line per event to standard output, payers masked. In the callback's bundle the build puts pino's browser
 * edition in the place of `pino`: the same lines without the streams and worker threads that a cold start pays for.
 */
export function pinoLog(level: LogLevel): Log {
  const logger = pino({
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    browser: { asObject: true, write: (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`) },
  });
  return {
    info: (event, fields) => logger.info(line(event, fields)),
    warn: (event, fields) => logger.warn(line(event, fields)),
    error: (event, fields) => logger.error(line(event, fields)),
  };
}

function line(event: LogEvent, fields: LogFields): Record<string, unknown> {
  const { payer, ...rest } = fields;
  return payer === undefined ? { event, ...rest } : { event, ...rest, payer: maskPayer(payer) };
}
