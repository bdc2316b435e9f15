import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../../lib/config/config';
import { errorText } from '../../lib/runtime/error-text';
import type { Log } from '../../lib/runtime/log';
import type { PayerId } from '../../lib/values/ids';
import { isPayerId } from '../../lib/values/ids';
import type { Clock, Instant } from '../../lib/values/instant';
import { instant, isInstant, later } from '../../lib/values/instant';
import { isRecord } from '../../lib/values/json';
import { systemTimers } from '../../lib/runtime/timers';
import { code2SessionExchange } from '../../lib/wechat/code2session';
import type { LoginExchange } from '../../lib/wechat/login';
import { isLoginCode } from '../../lib/wechat/login';
import type { Answer } from './http';
import { json, problem } from './http';

/*
 * How a payer proves their identity without a WeChat gateway in front: `wx.login` gives the mini
 * program a code, WeChat names its payer, and our token certifies that for two hours. A token is
 * `payer.<OPENID>.<expiry>.<HMAC-SHA256 of these>`.
 */

/** How long a login lasts, in ms. */
const LOGIN_MS = 2 * 3_600_000;

const PREFIX = 'payer';

/** A shorter secret could be found from a token. 32 random bytes are generated. */
const LEAST_SECRET = 32;

/** Issues and reads payers' tokens. */
export interface LoginTokens {
  /** A token that identifies this payer until it expires. */
  issue(payer: PayerId): { readonly token: string; readonly expiresAt: Instant };
  /** The payer of a token; null when it expired or is not ours. */
  payerOf(token: string): PayerId | null;
}

/** True for a bearer token of the payers' kind, as opposed to an operator's. */
export function isLoginToken(bearer: string): boolean {
  return bearer.startsWith(`${PREFIX}.`);
}

/**
 * Tokens signed with this secret.
 *
 * Failure policy: fail closed. The signature is compared in constant time before anything it covers
 * is used.
 */
export function openLoginTokens(secret: string, clock: Clock): LoginTokens {
  const sign = (text: string): Buffer => createHmac('sha256', secret).update(text).digest();
  return {
    issue(payer) {
      const expiresAt = later(clock.now(), LOGIN_MS);
      const text = `${PREFIX}.${payer}.${expiresAt}`;
      return { token: `${text}.${sign(text).toString('base64url')}`, expiresAt };
    },
    payerOf(token) {
      const cut = token.lastIndexOf('.');
      const text = token.slice(0, Math.max(0, cut));
      const given = Buffer.from(token.slice(cut + 1), 'base64url');
      const right = sign(text);
      if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
      const [prefix, payer, end, ...more] = text.split('.');
      const until = Number(end);
      const now = clock.now();
      if (prefix !== PREFIX || more.length > 0 || !isInstant(until)) return null;
      // Nor one signed in the future: a clock that was ahead must not give anybody a longer login.
      if (now >= until || later(now, LOGIN_MS) < instant(until)) return null;
      return isPayerId(payer) ? payer : null;
    },
  };
}

/**
 * The secret of payers' tokens: `LOGIN_SECRET`, which several servers share, or one that is
 * generated and kept in the data folder for this user only; null: one that lasts as long as this
 * process. Rejects with `ConfigError` when it is too short.
 */
export async function readLoginSecret(
  env: Readonly<Record<string, string | undefined>>,
  dataDir: string | null,
): Promise<string> {
  const given = env['LOGIN_SECRET'];
  if (given !== undefined) {
    if (given.length >= LEAST_SECRET) return given;
    throw new ConfigError(
      `LOGIN_SECRET: was shorter than ${LEAST_SECRET} characters; make one with: openssl rand -base64 32`,
    );
  }
  if (dataDir === null) return randomBytes(32).toString('base64url');
  const file = join(dataDir, 'login-secret');
  try {
    await writeFile(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const kept = (await readFile(file, 'utf8')).trim();
  if (kept.length >= LEAST_SECRET) return kept;
  throw new ConfigError(`${file}: is damaged: remove it, and payers must log in again`);
}

/**
 * The variable with the secret of the mini program whose users log in, or with `_FILE` its file.
 */
const APP_SECRET = 'LOGIN_APP_SECRET';

/**
 * The exchange of codes for payers: WeChat's own for the mini program `server.loginAppId`,
 * otherwise the simulated one. Null with real money and no `loginAppId`: nobody can log in then.
 * Rejects with `ConfigError` when its secret is missing.
 */
export async function openLoginExchange(
  appId: string | null,
  env: Readonly<Record<string, string | undefined>>,
  simulated: LoginExchange | null,
): Promise<LoginExchange | null> {
  if (appId === null) return simulated;
  const secret = (await appSecret(env)).trim();
  if (secret !== '') return code2SessionExchange({ appId, secret, timers: systemTimers });
  throw new ConfigError(
    `${APP_SECRET}: was missing; must be the AppSecret of ${appId} (server.loginAppId), or ${APP_SECRET}_FILE its file`,
  );
}

async function appSecret(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const given = env[APP_SECRET];
  if (given !== undefined) return given;
  const file = env[`${APP_SECRET}_FILE`];
  if (file === undefined) return '';
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${APP_SECRET}_FILE: cannot be read: ${errorText(error)}`);
  }
}

/** What answering logins needs. */
export interface LoginParts {
  /** Null: nobody can log in. */
  readonly exchange: LoginExchange | null;
  readonly tokens: LoginTokens;
  readonly log: Log;
}

/**
 * `POST /functions/login {code}`: a token for the payer whose mini program got this code from
 * `wx.login`.
 */
export async function answerLogin({ exchange, tokens, log }: LoginParts, body: unknown): Promise<Answer> {
  if (exchange === null) return problem(404, 'LOGIN_OFF', 'set server.loginAppId to let payers log in here');
  const code = isRecord(body) ? body['code'] : undefined;
  if (!isLoginCode(code)) return problem(400, 'BAD_INPUT', 'send {code}, as wx.login gave it');
  const answer = await exchange.exchange(code).catch((error: unknown) => ({
    kind: 'unknown' as const,
    reason: errorText(error),
  }));
  switch (answer.kind) {
    case 'payer':
      return json(200, { ok: true, ...tokens.issue(answer.payer) });
    case 'refused':
      return problem(401, 'LOGIN_REFUSED', 'WeChat does not know this code: call wx.login again');
    case 'misconfigured':
      log.error('login_misconfigured', { outTradeNo: null, errcode: answer.errcode });
      return problem(503, 'LOGIN_UNKNOWN', 'logging in is not set up right here: see the log of the server');
    case 'unknown':
      log.warn('login_unknown', { outTradeNo: null, reason: answer.reason });
      return problem(503, 'LOGIN_UNKNOWN', 'WeChat did not say whose code this is, please try again');
  }
}
