import { X509Certificate } from 'node:crypto';
import { errorText } from '../../../runtime/error-text';
import type { SharedEntry, SharedState } from '../../../runtime/shared-state';
import { stopwatch } from '../../../runtime/stopwatch';
import { within } from '../../../runtime/timers';
import { isInstant, later, zonedTime, type Instant } from '../../../values/instant';
import { isRecord, type Json } from '../../../values/json';
import { parseStrictJson } from '../../../values/strict-json';
import { decryptResource } from '../decrypt';
import { exchange, type ExchangeDeps } from '../exchange';
import type { V3Keys, WeChatKey } from './keys';
import { signedText, verifySignature } from '../verify';

/** Platform certificates of one signer. In public-key mode there are none, and nothing is asked. */
export interface V3Certificates {
  /** Keys that are known, downloaded first when there are none or they are old. Never rejects. */
  known(): Promise<readonly WeChatKey[]>;
  /**
   * Downloads again, because something is signed with a key that is not known, unless any process
   * did so a short time ago. Never rejects.
   */
  afterUnknownKey(): Promise<readonly WeChatKey[]>;
}

/** The certificates of a merchant in public-key mode. */
export const noCertificates: V3Certificates = {
  known: () => Promise.resolve([]),
  afterUnknownKey: () => Promise.resolve([]),
};

/** What certificates need. */
export interface CertificateDeps extends ExchangeDeps {
  readonly shared: SharedState;
}

/**
 * WeChat Pay asks for a refresh every 12 h at least; a new certificate is listed 24 h before use.
 */
const OLD_MS = 10 * 3_600_000;

/** No process downloads within this time of another's attempt, in ms. */
const APART_MS = 60_000;

/**
 * A process looks for what others downloaded at most this often, in ms. Anybody can send a
 * notification that names an unknown key.
 */
const LOOK_MS = 10_000;

/** Time limit of a download, in ms. It happens within another call. */
const DOWNLOAD_MS = 3_000;

/** Nobody waits for store and download longer than this, in ms. */
const LOOK_FOR_MS = 5_000;

/** How long the certificates are kept, in ms. */
const KEPT_MS = 7 * 86_400_000;

/** A certificate has 2 KB. */
const MOST_BYTES = 131_072;
const MOST_ROWS = 20;

/**
 * As stored: when a download was last attempted, when one last succeeded, and its rows as received.
 */
interface Kept {
  readonly askedAt: Instant;
  readonly downloadedAt: Instant | null;
  readonly rows: readonly Json[];
}

/**
 * Downloads WeChat Pay's platform certificates and shares them between processes. The rows are
 * stored as they were received, encrypted with the APIv3 key: so a process believes them because
 * their tag holds, and not because the store says so.
 *
 * Failure policy: fail closed on trust: a download is believed only when every row decrypts with
 * the APIv3 key and one of those certificates, or a key we hold, signed the answer. Fail open on
 * the store: when it does not answer, this process downloads for itself, at its own pace.
 */
export function createCertificates(
  deps: CertificateDeps,
  { keys, hosts }: { readonly keys: V3Keys; readonly hosts: readonly [string, ...string[]] },
): V3Certificates {
  const { clock, log, shared } = deps;
  const key = `v3-certificates:${keys.mchId}`;
  let mine: readonly WeChatKey[] = [];
  let age: (() => number) | null = null;
  let looked: (() => number) | null = null;
  let running: Promise<void> | null = null;

  const take = (rows: readonly Json[], forMs: number): boolean => {
    const read = certificateKeys(rows, keys, clock.now());
    if (read === null) return false;
    mine = read;
    const elapsed = stopwatch(clock);
    age = () => forMs + elapsed();
    return true;
  };

  /** One look into the store, and a download when it is time. Urgent: a key is missing. */
  const look = async (isUrgent: boolean): Promise<void> => {
    const now = clock.now();
    const entry = await shared.read(key, now).catch((error: unknown) => {
      log.warn('v3_certificates_not_shared', { outTradeNo: null, error: errorText(error) });
      return null;
    });
    const kept = keptOf(entry?.value, now);
    const before = new Set(mine.map(({ id }) => id));
    if (kept !== null && kept.downloadedAt !== null && take(kept.rows, now - kept.downloadedAt)) {
      const isNew = mine.some(({ id }) => !before.has(id));
      if (isUrgent ? isNew : now - kept.downloadedAt < OLD_MS) return;
    }
    if (kept !== null && now - kept.askedAt < APART_MS) return;
    await refresh(entry, kept, now);
  };

  const refresh = async (entry: SharedEntry | null, kept: Kept | null, now: Instant): Promise<void> => {
    const claim = { askedAt: now, downloadedAt: kept?.downloadedAt ?? null, rows: kept?.rows ?? [] };
    const expiresAt = later(now, KEPT_MS);
    const claimed = await shared
      .write({ key, version: entry?.version ?? null, value: claim, expiresAt, now })
      .catch(() => null);
    // Another process downloads now. Without the store, this one must.
    if (claimed === false) return;
    const rows = await download();
    if (rows === null || !take(rows, 0)) return;
    log.info('v3_certificates_downloaded', { outTradeNo: null, serials: mine.map(({ id }) => id).join(' ') });
    const latest = await shared.read(key, now).catch(() => null);
    const value = { askedAt: now, downloadedAt: now, rows };
    await shared.write({ key, version: latest?.version ?? null, value, expiresAt, now }).catch(() => false);
  };

  const download = async (): Promise<readonly Json[] | null> => {
    const url = new URL(`${hosts[0]}/v3/certificates`);
    const about = { name: 'certificates', method: 'GET', body: null, outTradeNo: null } as const;
    const answer = await exchange(deps, keys, {
      ...about,
      url,
      timeoutMs: DOWNLOAD_MS,
      maxBytes: MOST_BYTES,
    });
    if (answer.kind === 'failure') return null;
    const rows = answer.status === 200 ? rowsOf(parseStrictJson(answer.body.toString('utf8'))) : null;
    const now = clock.now();
    const read = rows === null ? null : certificateKeys(rows, keys, now);
    const signed = signedText(answer.headers, answer.body);
    const proof = read === null ? null : verifySignature(signed, [...read, ...mine, ...keys.wechatKeys], now);
    if (proof?.kind === 'valid') return rows;
    const why = proof?.kind ?? (rows === null ? `HTTP ${answer.status}` : 'undecryptable');
    log.error('v3_certificates_refused', { outTradeNo: null, why, fix: CHECK });
    return null;
  };

  /** One look at a time: concurrent callers wait for the same. */
  const lookOnce = (isUrgent: boolean): Promise<void> => {
    running ??= within(deps.timers, LOOK_FOR_MS, () => look(isUrgent)).then(() => {
      running = null;
    });
    return running;
  };

  const mayLook = (): boolean => {
    if (looked !== null && looked() < LOOK_MS) return false;
    looked = stopwatch(clock);
    return true;
  };

  return {
    async known() {
      if ((age === null || age() >= OLD_MS) && mayLook()) await lookOnce(false);
      else if (mine.length === 0 && running !== null) await running;
      return mine;
    },
    async afterUnknownKey() {
      if (mayLook()) await lookOnce(true);
      else if (running !== null) await running;
      return mine;
    },
  };
}

const CHECK =
  'compare the APIv3 key with the merchant platform; a merchant that has a WeChat Pay public key needs no certificates: configure the public key and its id';

function rowsOf(body: unknown): readonly Json[] | null {
  const data = isRecord(body) ? body['data'] : undefined;
  if (!Array.isArray(data) || data.length === 0 || data.length > MOST_ROWS) return null;
  const given: readonly unknown[] = data;
  return given.map((row) => {
    const fields = isRecord(row) ? row : {};
    const sealed = isRecord(fields['encrypt_certificate']) ? fields['encrypt_certificate'] : {};
    return {
      serial_no: text(fields['serial_no']),
      expire_time: text(fields['expire_time']),
      encrypt_certificate: {
        algorithm: text(sealed['algorithm']),
        nonce: text(sealed['nonce']),
        associated_data: text(sealed['associated_data']),
        ciphertext: text(sealed['ciphertext']),
      },
    };
  });
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/**
 * The keys of all rows that have not expired; null when any row does not decrypt with our APIv3 key
 * or is not the certificate it says it is.
 */
function certificateKeys(
  rows: readonly Json[],
  { apiV3Keys }: V3Keys,
  now: Instant,
): readonly WeChatKey[] | null {
  const found: WeChatKey[] = [];
  for (const row of rows) {
    if (!isRecord(row)) return null;
    const sealed = decryptResource(row['encrypt_certificate'], apiV3Keys);
    const certificate = sealed.kind === 'text' ? certificateOf(sealed.text) : null;
    if (certificate === null) return null;
    const id = certificate.serialNumber.toUpperCase();
    if (id !== text(row['serial_no']).toUpperCase()) return null;
    const expiresAt = zonedTime(text(row['expire_time']));
    if (expiresAt === null) return null;
    if (expiresAt > now) found.push({ id, key: certificate.publicKey, from: 'downloaded' });
  }
  return found;
}

function certificateOf(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}

/** Null for what is not readable, or was written by a clock that is ahead of ours. */
function keptOf(value: unknown, now: Instant): Kept | null {
  if (!isRecord(value)) return null;
  const { askedAt, downloadedAt, rows } = value;
  if (!isInstant(askedAt) || askedAt > now + APART_MS) return null;
  if (downloadedAt !== null && (!isInstant(downloadedAt) || downloadedAt > now + APART_MS)) return null;
  const data = rowsOf({ data: rows });
  return { askedAt, downloadedAt: data === null ? null : downloadedAt, rows: data ?? [] };
}
