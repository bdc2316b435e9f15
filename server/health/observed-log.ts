import type { Log, LogEvent, LogFields } from '../../lib/runtime/log';

/** Receives every log line. */
export type LogWatcher = (event: LogEvent, fields: LogFields) => void;

/**
 * A log that also passes every line to `watch`, whatever the level written. Metrics are derived
 * from log lines, so both agree and the domain counts nothing twice.
 */
export function observedLog(log: Log, watch: LogWatcher): Log {
  return {
    info: (event, fields) => {
      log.info(event, fields);
      watch(event, fields);
    },
    warn: (event, fields) => {
      log.warn(event, fields);
      watch(event, fields);
    },
    error: (event, fields) => {
      log.error(event, fields);
      watch(event, fields);
    },
  };
}
