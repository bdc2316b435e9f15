import type { OpsName, OpsOperations, OpsReply } from '../../lib/ops/api';
import type { ApiPlace } from './place';
import { trusted } from '../../lib/values/trusted';

/** Why a request failed: the server's code, or what happened on the way to it. */
export interface Failure {
  readonly code: string;
  /** The server's own words, in English; empty when none came. */
  readonly message: string;
}

/** The outcome of a request. */
export type Outcome<Name extends OpsName> =
  | { readonly ok: true; readonly answer: OpsOperations[Name]['answer'] }
  | { readonly ok: false; readonly failure: Failure };

/** Calls the operator API. */
export interface Client {
  /** Never rejects; a cancelled request resolves with `ABORTED`. */
  ask<Name extends OpsName>(
    op: Name,
    params: OpsOperations[Name]['params'],
    signal?: AbortSignal,
  ): Promise<Outcome<Name>>;
}

/** A request without an answer after this has failed, in ms: a cloud function ends after 30 s. */
const LONGEST_MS = 35_000;

/** A client of the API at a place. */
export function openClient(place: ApiPlace): Client {
  return {
    async ask(op, params, signal) {
      if (place.base === null) return failed('NOT_ALLOWED', '');
      const patience = new AbortController();
      const giveUp = () => {
        patience.abort();
      };
      const timer = setTimeout(giveUp, LONGEST_MS);
      signal?.addEventListener('abort', giveUp);
      try {
        const response = await fetch(`${place.base}/${op}`, {
          method: 'POST',
          headers: headersFor(place),
          // The body repeats the operation, for a gateway that passes on no path.
          body: JSON.stringify({ ...params, op }),
          credentials: place.kind === 'same_origin' ? 'same-origin' : 'omit',
          cache: 'no-store',
          redirect: 'error',
          signal: patience.signal,
        });
        const reply: unknown = await response.json();
        if (!trusted<OpsReply<typeof op>>(isAnswer)(reply))
          return failed('UNREADABLE', `HTTP ${response.status}`);
        return reply.ok ? { ok: true, answer: reply } : failed(reply.code, reply.message);
      } catch {
        if (signal?.aborted === true) return failed('ABORTED', '');
        return failed(patience.signal.aborted ? 'TIMED_OUT' : 'UNREACHABLE', '');
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', giveUp);
      }
    },
  };
}

/** A page nobody has touched for this long, in ms, is not attended: the server ends its session. */
const ATTENDED_MS = 60_000;

let touchedAt = Date.now();
if (typeof window !== 'undefined') {
  for (const event of ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const) {
    window.addEventListener(event, () => (touchedAt = Date.now()), { passive: true });
  }
}

/**
 * Says that somebody is at the page although nobody touches it: they watch work that they started
 * advance. Not for work that stands still, which would keep a session for good.
 */
export function attend(): void {
  touchedAt = Date.now();
}

function headersFor(place: ApiPlace): Record<string, string> {
  const type = { 'content-type': 'application/json' };
  if (place.kind === 'same_origin' && Date.now() - touchedAt > ATTENDED_MS)
    return { ...type, 'x-unattended': '1' };
  return place.kind === 'remote' && place.token !== null
    ? { ...type, authorization: `Bearer ${place.token}` }
    : type;
}

/** Starts a session on the server this page came from. Null when it started, else why not. */
export async function beginSession(token: string): Promise<Failure | null> {
  return changeSession('begin', { token });
}

/** Ends the session. */
export async function endSession(): Promise<Failure | null> {
  return changeSession('end', {});
}

async function changeSession(what: 'begin' | 'end', body: object): Promise<Failure | null> {
  try {
    const response = await fetch(`/ops/session/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'same-origin',
    });
    // An unread body would hold its connection.
    await response.text();
    if (response.ok) return null;
    return {
      code: response.status === 401 ? 'WRONG_TOKEN' : 'UNREACHABLE',
      message: `HTTP ${response.status}`,
    };
  } catch {
    return { code: 'UNREACHABLE', message: '' };
  }
}

/**
 * The server and this page are built from the same types; this only tells the server's answer from
 * a gateway's error page.
 */
function isAnswer(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'ok' in value && typeof value.ok === 'boolean';
}

function failed(code: string, message: string): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: { code, message } };
}
