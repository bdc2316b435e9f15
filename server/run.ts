import { readFileSync } from 'node:fs';
import { ConfigError, readConfig } from '../lib/config/config';
import type { Config } from '../lib/config/config-schema';
import { pinoLog } from '../lib/runtime/pino-log';
import { systemClock } from '../lib/runtime/system-clock';
import { StoreError } from '../lib/store/errors';
import { parseJson } from '../lib/values/json';
import { KeyError } from '../lib/wechat/v3/keys/key-sources';
import { followPeople } from './operators/people';
import { readServerSettings } from './settings';
import type { RunningServer, ServerParts } from './start';
import { startServer } from './start';

/** What differs between the programs that are this server. */
export type ProgramParts = Pick<ServerParts, 'console' | 'moneyByDefault' | 'realWeChatPay'>;

/**
 * Runs the server until a signal ends it. A problem its owner can fix ends the process with its
 * sentences and 1.
 */
export function runServer(parts: ProgramParts): void {
  start(parts).catch(giveUp);
}

async function start(parts: ProgramParts): Promise<void> {
  const { env } = process;
  const path = env['CONFIG'] ?? 'config.json';
  const config = readSettings(path);
  const log = pinoLog(config.log.level);
  const people = followPeople({ path, read: readSettings, first: config, env, log, clock: systemClock });
  const settings = readServerSettings(env, people());
  const server = await startServer({ ...parts, config, settings, log, env, people });
  stopOnSignal(server);
  process.stdout.write(`wxpay-inbox: open ${server.url}\n`);
}

/**
 * Ends the process: with plain sentences for a problem its owner can fix, otherwise with the error
 * itself.
 */
function giveUp(error: unknown): never {
  const fixable =
    error instanceof ConfigError ||
    error instanceof StoreError ||
    error instanceof KeyError ||
    isAddressInUse(error);
  if (!fixable) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

function isAddressInUse(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

/** The settings in a file. Throws `ConfigError` when it cannot be read. */
function readSettings(path: string): Config {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    const fix = 'start the server in the folder that has it, or name another file in CONFIG';
    throw new ConfigError(`${path} ${why}: ${fix}`, { cause });
  }
  const value = parseJson(text);
  if (value === undefined) throw new ConfigError(`${path} is not JSON: check for a missing comma or quote`);
  return readConfig(value, 'server');
}

function stopOnSignal(server: RunningServer): void {
  let asked = false;
  const stop = (): void => {
    // A second signal ends the process at once; claimed items become due when their lease ends.
    if (asked) process.exit(1);
    asked = true;
    void server.stop().then(() => process.exit(0));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}
