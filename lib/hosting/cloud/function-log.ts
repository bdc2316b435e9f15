import type { Log } from '../../runtime/log';
import { pinoLog } from '../../runtime/pino-log';
import { builtConfig } from './built-config';

/** The log of this function's process. CloudBase keeps what is written to standard output. */
export const functionLog: Log = pinoLog(builtConfig.log.level);
