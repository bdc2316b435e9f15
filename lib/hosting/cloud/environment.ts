import { isPayerId } from '../../values/ids';
import type { Caller } from '../../runtime/caller';
import { authorityOf } from '../../runtime/caller';
import { builtConfig } from './built-config';

/*
 * What the platform says about a run, read from `process.env` and not through `getWXContext()`, which turns an OPENID
 * of digits into a number.
 */

/**
 * Who called, by the platform's word. Call it first in `main`, before anything is awaited: the variables belong to the
 * event that is being handled.
 *
 * Failure policy: fail closed. Like the SDK, it believes a `WX_` variable only when `WX_CONTEXT_KEYS` names it, so that
 * what an earlier event left behind is never taken for this one's payer.
 */
export function callerOfThisRun(): Caller {
  const keys = new Set((process.env['WX_CONTEXT_KEYS'] ?? '').split(','));
  const told = (key: string): string => (keys.has(key) ? (process.env[key] ?? '') : '');
  const openId = told('WX_OPENID');
  const payer = isPayerId(openId) ? openId : null;
  const source = process.env['TCB_SOURCE'] ?? '';
  return {
    payer,
    source,
    authority: authorityOf(source, payer, builtConfig.ops),
    ip: told('WX_CLIENTIP') || told('WX_CLIENTIPV6') || '127.0.0.1',
  };
}

/**
 * The full id of the environment, as WeChat Pay must be told it: with an alias it takes the order and never calls back. It is
 * the configured id, or the one the platform gives this function, which is never an alias. The SDK's `DYNAMIC_CURRENT_ENV`
 * would not do: it is a symbol, which a request's JSON leaves out. Throws when there is no id, as in local debugging.
 */
export function environmentId(): string {
  const id = builtConfig.envId ?? (process.env['TCB_ENV'] || process.env['SCF_NAMESPACE'] || '');
  if (id === '' || id === 'local') {
    throw new Error(
      'the environment has no id here: set envId in config.json, or run the function in the cloud',
    );
  }
  return id;
}
