import { parseJson } from '../lib/values/json';
import { readFileSync } from 'node:fs';
import { ConfigError, readConfig } from '../lib/config/config';
import { pinoLog } from '../lib/runtime/pino-log';
import { StoreError } from '../lib/store/errors';
import { readServerSettings } from './settings';
import type { RunningServer } from './start';
import { startServer } from './start';

/**
 * Ends the process: with one plain sentence for a problem its owner can fix, otherwise with the
 * error itself.
 */
function giveUp(error: unknown): never {
  const fixable = error instanceof ConfigError || error instanceof StoreError || isAddressInUse(error);
  if (!fixable) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

function isAddressInUse(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

/** The text of the settings. Throws `ConfigError` when it cannot be read. */
function readSettings(): string {
  try {
    return readFileSync('config.json', 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new ConfigError(`config.json ${why}: start the server in the folder that has it`, { cause });
  }
}

function parsed(text: string): unknown {
  const value = parseJson(text);
  if (value !== undefined) return value;
  throw new ConfigError('config.json is not JSON: check for a missing comma or quote');
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

async function main(): Promise<void> {
  const config = readConfig(parsed(readSettings()));
  const settings = readServerSettings(process.env);
  const server = await startServer({ config, settings, log: pinoLog(config.log.level), env: process.env });
  stopOnSignal(server);
  process.stdout.write(`wxpay-inbox: open ${server.url}\n`);
}

main().catch(giveUp);
