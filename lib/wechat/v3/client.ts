import pRetry from 'p-retry';
import type { Timers } from '../../runtime/timers';
import type { OutTradeNo } from '../../values/ids';
import type { UnknownAnswer } from '../port';
import { readAnswer, requestIdOf, unknown, type Said } from './answer';
import type { V3Certificates } from './keys/certificates';
import { exchange, type ExchangeDeps } from './exchange';
import type { V3Keys } from './keys/keys';
import type { V3RateGroup, V3Rates } from './rates';
import { isClockRefusal } from './refusals';
import type { V3HttpAnswer } from './transport';
import { signedText, verifySignature, type Verification } from './verify';

/** One request of API v3. */
export interface V3Call {
  /** What it is, for logs. */
  readonly name: string;
  readonly group: V3RateGroup;
  readonly method: 'GET' | 'POST';
  /** Path and query from `/v3/` on. */
  readonly path: string;
  readonly body: Buffer | null;
  /** For logs. */
  readonly outTradeNo: OutTradeNo | null;
  /**
   * When the same request may be sent again: `always` where repeating is harmless, `unsent` only
   * when it certainly never left.
   */
  readonly again: 'always' | 'unsent';
  /** True where WeChat Pay wants one of its keys to be named in every mode. */
  readonly namesKey?: true;
}

/** The time that is left for one call of the port, in ms, never negative. */
export type Remaining = () => number;

/** What the client needs. */
export interface ClientDeps extends ExchangeDeps {
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly certificates: V3Certificates;
  readonly rates: V3Rates;
}

/** Whose requests these are, and where they go. */
export interface ClientSettings {
  readonly keys: V3Keys;
  /** Base addresses; then backups. */
  readonly hosts: readonly [string, ...string[]];
}

/** Sends requests and judges what comes back. Nothing rejects. */
export interface V3Client {
  /** A request whose answer is signed. */
  ask(call: V3Call, remaining: Remaining): Promise<Said>;
  /** A download, whose answer is not signed. */
  fetch(url: URL, maxBytes: number, remaining: Remaining): Promise<V3File>;
}

/** The bytes of a download, another status than 200, or nothing. */
export type V3File =
  | { readonly kind: 'file'; readonly bytes: Buffer }
  | { readonly kind: 'status'; readonly status: number }
  | UnknownAnswer;

/** The most bytes of an answer. A query of an order with many promotions has a few thousand. */
const MOST_BYTES = 1_048_576;

/** How often a request is repeated: on the backup host, and once more on the first. */
const REPEATS = 2;

/** The pause before the last repeat, in ms. The first repeat goes out at once. */
const PAUSE_MS = 200;

/** No repeat is started with less than this left, in ms. */
const LEAST_MS = 500;

/** All attempts but the last take at most this part of what is left, to leave time for a repeat. */
const SHARE = 0.5;

/** An attempt after which a repeat may help. */
class PassingFailure extends Error {
  constructor(
    readonly answer: UnknownAnswer,
    readonly sent: 'no' | 'maybe',
  ) {
    super(answer.detail);
  }
}

/**
 * A client of one signer. After a connection error or HTTP 5xx it repeats the same request on the
 * backup host with a fresh signature, as far as the caller's time allows.
 */
export function createClient(deps: ClientDeps, settings: ClientSettings): V3Client {
  const { keys, hosts } = settings;
  const { clock, log, timers } = deps;

  async function check(answer: Extract<V3HttpAnswer, { kind: 'answer' }>): Promise<Verification> {
    const signed = signedText(answer.headers, answer.body);
    if (keys.mode === 'public_key') return verifySignature(signed, keys.wechatKeys, clock.now());
    const known = await deps.certificates.known();
    const first = verifySignature(signed, [...keys.wechatKeys, ...known], clock.now());
    if (first.kind !== 'unknown_key') return first;
    const again = await deps.certificates.afterUnknownKey();
    return verifySignature(signed, [...keys.wechatKeys, ...again], clock.now());
  }

  /** The platform certificate to name where calls name none by themselves; null without any. */
  async function newestKey(): Promise<string | null> {
    return keys.mode === 'certificates' ? ((await deps.certificates.known()).at(-1)?.id ?? null) : null;
  }

  /** One attempt. Throws a `PassingFailure` where a repeat may help. */
  async function attempt(call: V3Call, remaining: Remaining, number: number): Promise<Said> {
    const { name, method, body, outTradeNo, group } = call;
    const host = hosts[(number - 1) % hosts.length] ?? hosts[0];
    const timeoutMs = Math.max(1, Math.ceil(remaining() * (number > REPEATS ? 1 : SHARE)));
    const url = new URL(host + call.path);
    const limits = { timeoutMs, maxBytes: MOST_BYTES };
    const namedKey = call.namesKey === true ? await newestKey() : null;
    const answer = await exchange(deps, keys, { name, method, url, body, outTradeNo, namedKey, ...limits });
    if (answer.kind === 'failure')
      throw new PassingFailure(unknown('transport', answer.message), answer.sent);
    const verification = await check(answer);
    const said = readAnswer(answer, verification);
    if (answer.status === 429) await deps.rates.refused(group);
    note(call, said, verification, requestIdOf(answer.headers));
    // WeChat Pay does not probe the repeat of what it has probed.
    if (said.kind === 'unknown' && (answer.status >= 500 || verification.kind === 'signtest')) {
      throw new PassingFailure(said, 'maybe');
    }
    return said;
  }

  /** Logs what a person must know. */
  function note(
    { name, outTradeNo }: V3Call,
    said: Said,
    { kind: why }: Verification,
    requestId: string | null,
  ) {
    const about = { outTradeNo, call: name, requestId };
    if (said.kind === 'declined') {
      const { status, code, text } = said.declined;
      if (isClockRefusal(said.declined)) log.error('v3_clock_differs', { ...about, fix: SET_CLOCK });
      else if (status === 401)
        log.error('v3_not_signed_in', {
          ...about,
          code,
          detail: unknown('system', text).detail,
          fix: CHECK_KEYS,
        });
    } else if (said.kind === 'unknown') {
      if (said.reason === 'clock') log.error('v3_clock_differs', { ...about, fix: SET_CLOCK });
      if (said.reason === 'unverified' && why !== 'signtest') {
        log.error('v3_unverified', { ...about, why, detail: said.detail, fix: CHECK_WECHAT_KEY });
      }
    }
  }

  return {
    async ask(call, remaining) {
      if (!(await deps.rates.turn(call.group, remaining() / 2))) {
        return unknown('rate_limited', 'the rate of this merchant number is used up');
      }
      try {
        return await pRetry((number) => attempt(call, remaining, number), {
          retries: REPEATS,
          // The pause is ours, so that it follows the injected timers.
          minTimeout: 0,
          onFailedAttempt: async ({ attemptNumber }) => {
            if (attemptNumber === REPEATS) await pause(timers, PAUSE_MS * (0.5 + deps.random()));
          },
          shouldRetry: ({ error }) =>
            error instanceof PassingFailure &&
            (call.again === 'always' || error.sent === 'no') &&
            remaining() >= LEAST_MS,
        });
      } catch (error) {
        return error instanceof PassingFailure
          ? error.answer
          : unknown('transport', 'the request could not be made');
      }
    },
    async fetch(url, maxBytes, remaining) {
      const timeoutMs = Math.max(1, Math.ceil(remaining()));
      const about = { name: 'bill_file', method: 'GET', body: null, outTradeNo: null } as const;
      const answer = await exchange(deps, keys, { ...about, url, timeoutMs, maxBytes });
      if (answer.kind === 'failure') return unknown('transport', answer.message);
      return answer.status === 200
        ? { kind: 'file', bytes: answer.body }
        : { kind: 'status', status: answer.status };
    },
  };
}

const SET_CLOCK =
  'the clock of this machine and WeChat Pay’s differ by more than 5 minutes: let this machine set its clock by NTP';
const CHECK_KEYS =
  'WeChat Pay does not accept our signature: compare the merchant number, the serial number of the API certificate and its private key with the merchant platform';
const CHECK_WECHAT_KEY =
  'the answer is not signed with a key we hold: compare WeChat Pay’s public key and its id with the merchant platform';

function pause(timers: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => {
    timers.after(ms, resolve);
  });
}
