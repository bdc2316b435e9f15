import { isPayerId } from '../../values/ids';
import type { Caller } from '../../model/caller';
import { principalOf } from '../../model/caller';
import { builtConfig } from './built-config';

/*
 * What the platform says about a run, read from `process.env`: `getWXContext()` turns an OPENID of
 * digits into a number.
 */

/**
 * Who called, according to the platform. Call it first in `main`, before any await: the variables
 * belong to the event being handled.
 *
 * Failure policy: fail closed. Like the SDK, it trusts a `WX_` variable only when `WX_CONTEXT_KEYS`
 * names it, so a value left by an earlier event never passes for this one's payer.
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
    by: principalOf(source, payer, builtConfig.ops.people),
    ip: told('WX_CLIENTIP') || told('WX_CLIENTIPV6') || '127.0.0.1',
  };
}

/**
 * The full id of the environment, as WeChat Pay needs it: given an alias, it accepts the order but
 * never calls back. Returns the configured id, or the id the platform gives this function, which is
 * never an alias. The SDK's `DYNAMIC_CURRENT_ENV` is a symbol, which JSON drops from a request.
 * Throws when there is no id, as in local debugging.
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
