import type { HttpAccess } from '../../ops/http';
import { readPeople } from '../../ops/people';
import type { Log } from '../../runtime/log';
import { builtConfig } from './built-config';

/**
 * Who may call this function over HTTP: the operators of config.json, and those of its environment
 * variables. An unusable one is logged and ignored.
 */
export function openHttpAccess(log: Log): HttpAccess {
  const { people, problems } = readPeople(builtConfig.ops.people, process.env);
  for (const problem of problems) log.error('ops_failed', { outTradeNo: null, error: problem });
  return { people, consoleOrigin: builtConfig.ops.consoleOrigin };
}
