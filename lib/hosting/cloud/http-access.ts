import type { HttpAccess } from '../../ops/http';
import { readTokens } from '../../ops/tokens';
import type { Log } from '../../runtime/log';
import { builtConfig } from './built-config';

/**
 * Who may call this function over HTTP: the tokens in its environment variables. An unusable token
 * is logged and ignored.
 */
export function openHttpAccess(log: Log): HttpAccess {
  const { tokens, problems } = readTokens(process.env);
  for (const problem of problems) log.error('ops_failed', { outTradeNo: null, error: problem });
  return { tokens, consoleOrigin: builtConfig.ops.consoleOrigin };
}
