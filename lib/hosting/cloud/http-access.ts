import type { HttpAccess } from '../../ops/http';
import { readPeople } from '../../ops/people/people';
import { peopleIn } from '../../model/operators/operator';
import type { Person } from '../../model/operators/principal';
import type { Log } from '../../runtime/log';
import type { Clock } from '../../values/instant';
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

/** Who the developer tools are to the record where they name no OPENID (`principalOf`). */
const DEVELOPER_TOOLS: Person = { name: 'wx_devtools', role: 'act' };

/** Everybody who may use this function now, over HTTP or from the platform. */
export function cloudPeople({ people }: HttpAccess, clock: Clock): () => readonly Person[] {
  return () => [...peopleIn(people, clock.now()), DEVELOPER_TOOLS];
}
