import type { OpsName, OpsReply } from '../lib/ops/api';
import { isRecord, parseJson } from '../lib/values/json';
import { UsageError } from './usage-error';

/** Calls a running server, or the `ops` function at its HTTP address. */
export interface Client {
  /**
   * Calls one operation; the server validates the parameters. Rejects with `UsageError` without a
   * readable answer.
   */
  ask<Name extends OpsName>(op: Name, params: object): Promise<OpsReply<Name>>;
  /** The address it calls, for messages. */
  readonly url: string;
}

/** How long one answer may take, in ms: longer than the function's own limit. */
const TIMEOUT_MS = 65_000;

/**
 * The address of an operation: `<url>/ops/api/<op>`, or `<url>/api/<op>` when the url includes the
 * path the function is bound to.
 */
export function addressOf(url: string, op: string): string {
  if (!URL.canParse(url))
    throw new UsageError(
      `--url ${url} is not an address such as http://127.0.0.1:3000, or that of the function`,
    );
  const base = new URL(url);
  if (base.protocol !== 'http:' && base.protocol !== 'https:')
    throw new UsageError('--url must start with http:// or https://');
  const path = base.pathname.replace(/\/+$/, '');
  return `${base.origin}${path === '' ? '/ops' : path}/api/${op}`;
}

/**
 * A client for this address. The token is sent only there, and only encrypted or within this
 * machine. Throws `UsageError` for an address it refuses.
 */
export function openClient(url: string, token: string | null): Client {
  const { protocol, hostname } = new URL(addressOf(url, 'overview'));
  const isLocal = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  if (token !== null && protocol === 'http:' && !isLocal) {
    throw new UsageError(`${url} would send your token unencrypted: use https://`);
  }
  return {
    url,
    async ask<Name extends OpsName>(op: Name, params: object) {
      const answer = await answerOf(addressOf(url, op), token, params);
      if (!isReply<Name>(answer))
        throw new UsageError(`${url} is not an address of wxpay-inbox: it answered something else`);
      return answer;
    },
  };
}

async function answerOf(address: string, token: string | null, params: object): Promise<unknown> {
  try {
    const response = await fetch(address, {
      method: 'POST',
      redirect: 'error',
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(params),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    return parseJson(text);
  } catch (cause) {
    throw new UsageError(`${new URL(address).origin} did not answer: is it running, and is --url right?`, {
      cause,
    });
  }
}

/** Other answers come from the same version's API and are not checked further. */
function isReply<Name extends OpsName>(value: unknown): value is OpsReply<Name> {
  if (!isRecord(value)) return false;
  return value['ok'] === true || (value['ok'] === false && typeof value['code'] === 'string');
}
