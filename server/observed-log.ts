import type { Log, LogEvent, LogFields } from '../lib/runtime/log';

/** What somebody who watches the log is told of each line. */
export type LogWatcher = (event: LogEvent, fields: LogFields) => void;

/**
 * A log whose lines are also shown to `watch`, whatever the level that is written. Figures are made of log lines, so that both
 * tell the same and the domain counts nothing twice.
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
