import cloud from 'wx-server-sdk';
import type { CloudFiles } from '../../archive/cloudbase/archive';
import type { Cloud } from '../../store/cloudbase/base/database';
import { environmentId } from './environment';

/**
 * Initialises the SDK for this function's environment. Only the first call of a process counts: the
 * SDK ignores a second `init`. Throws when the environment has no id.
 *
 * `timeoutMs` limits silence on the socket, not the whole request. Node 18 opens a connection per
 * request by default; with `keepalive` one connection serves the life of the process.
 */
export function openCloud(timeoutMs: number): Cloud & CloudFiles {
  // The SDK passes all of these to @cloudbase/node-sdk; its own types know only `env`.
  const settings = { env: environmentId(), timeout: timeoutMs, keepalive: true };
  cloud.init(settings);
  return cloud;
}
