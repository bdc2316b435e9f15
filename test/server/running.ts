import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../lib/config/config';
import type { Config } from '../../lib/config/config-schema';
import { systemClock } from '../../lib/runtime/system-clock';
import type { PayerId } from '../../lib/values/ids';
import { isRecord } from '../../lib/values/json';
import { openLoginTokens } from '../../server/door/login';
import type { RunningServer } from '../../server/start';
import { startServer } from '../../server/start';
import { rememberedLog } from '../inbox/stage';
import { PAYER } from '../store/builders';
import { putNewStore } from '../store/sqlite/harness';

/** What a request came to. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON, empty when it is none. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A server of a case's own, and the ways to talk to it. */
export interface Running extends RunningServer {
  readonly send: (
    method: string,
    path: string,
    body?: string | object,
    headers?: Record<string, string>,
  ) => Promise<Reply>;
  /** Calls a function as the payer's mini program does. */
  readonly call: (name: string, event: object, headers?: Record<string, string>) => Promise<Reply>;
  /** Makes an order of one packet of tea and answers its number. */
  readonly order: (requestId: string) => Promise<string>;
  /** Resolves when the simulator and the workers have nothing under way. */
  readonly settled: () => Promise<void>;
}

/** The settings of the cases: the simulator redelivers 10,000 times faster than WeChat Pay. */
export function testConfig(merchants: readonly object[] = [{ subMchId: '1900000109' }]): Config {
  return readConfig({
    merchants,
    simulator: { speed: 10_000 },
    log: { level: 'silent' },
  });
}

/** A folder that is gone after the case. */
export async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-server-'));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a case on a server in this folder, and stops it gracefully. */
export async function onServer(
  dataDir: string,
  run: (server: Running) => Promise<void>,
  opsToken: string | null = null,
  requestTimeoutMs = 10_000,
  readToken: string | null = null,
  config: Config = testConfig(),
): Promise<void> {
  const file = join(dataDir, 'inbox.db');
  if (existsSync(dataDir) && !existsSync(file)) putNewStore(file);
  const server = await startServer({
    config,
    settings: { host: '127.0.0.1', port: 0, dataDir, opsToken, readToken },
    log: rememberedLog(),
    env: { LOGIN_SECRET },
    requestTimeoutMs,
  });
  try {
    await run(talkTo(server, opsToken !== null));
  } finally {
    await server.stop();
  }
}

/** What signs payers' tokens on the servers of the cases. */
export const LOGIN_SECRET = 'the-secret-that-signs-the-tokens-of-payers';

/** What says to a guarded server that a payer calls: the token they got when they logged in. */
export function loggedIn(payer: PayerId): Record<string, string> {
  const { token } = openLoginTokens(LOGIN_SECRET, systemClock).issue(payer);
  return { authorization: `Bearer ${token}` };
}

/**
 * The ways to call a server; `guarded`: it has a token, and so trusts no header that names the
 * payer.
 */
export function talkTo(server: RunningServer, guarded: boolean): Running {
  const send: Running['send'] = async (method, path, body, headers = {}) => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
  };
  const call: Running['call'] = (name, event, headers = {}) =>
    send('POST', `/functions/${name}`, event, {
      'x-wx-openid': PAYER,
      ...(guarded ? loggedIn(PAYER) : {}),
      ...headers,
    });
  return {
    ...server,
    send,
    call,
    async order(requestId) {
      const { body } = await call('createOrder', { requestId, cart: [{ sku: 'tea', count: 1 }] });
      return String(body['outTradeNo']);
    },
    async settled() {
      await server.system.simulator?.whenQuiet();
      await server.system.workers.whenIdle();
    },
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
