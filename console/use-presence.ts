import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { endSession, openClient, type Client, type Failure } from './api/client';
import { apiPlace, forgetToken } from './api/place';
import type { Overview } from './session';

/** How often the overview is requested while the page is visible, in ms. */
const POLL_MS = 15_000;

/** How long after an action the data is requested again, in ms: a woken worker runs in between. */
const AFTER_ACTING_MS = [0, 700, 2_500] as const;

/** Whether somebody is signed in, and what the overview says for them. */
export type Standing =
  | { readonly kind: 'starting'; readonly failure: Failure | null }
  | { readonly kind: 'signed_out'; readonly failure: Failure | null }
  | {
      readonly kind: 'signed_in';
      readonly client: Client;
      readonly overview: Overview;
      readonly skewMs: number;
    };

/** Where the console stands with its server, and what changes that. */
export interface Presence {
  readonly standing: Standing;
  /** Grows whenever the screens are to request their data again. */
  readonly turn: number;
  /** Requests the overview now. */
  readonly look: () => Promise<void>;
  /** Requests everything again: once, or a few times after an action. */
  readonly refresh: (after: 'reading' | 'acting') => void;
  /**
   * A request of this client failed: when its session is over, that ends it here. A request of an
   * earlier session says nothing about the present one.
   */
  readonly failed: (client: Client, failure: Failure) => void;
  /** Ends the session. False when the server still lets this page in: then nothing has changed. */
  readonly signOut: () => Promise<boolean>;
}

/** Keeps the standing up to date while the page is visible. */
export function usePresence(): Presence {
  const [standing, setStanding] = useState<Standing>({ kind: 'starting', failure: null });
  const [turn, setTurn] = useState(0);
  // Overview requests are numbered as they start; the answer of an overtaken one is ignored.
  const looks = useRef({ begun: 0, heard: 0 });
  const look = useCallback(async (): Promise<void> => {
    const n = (looks.current.begun += 1);
    const client = openClient(apiPlace());
    const outcome = await client.ask('overview', {});
    if (n < looks.current.heard) return;
    looks.current.heard = n;
    setStanding((before) => {
      if (outcome.ok) {
        const { answer: overview } = outcome;
        // One client per sign-in: a new client would make every screen repeat its requests.
        const kept = before.kind === 'signed_in' ? before.client : client;
        return { kind: 'signed_in', client: kept, overview, skewMs: overview.now - Date.now() };
      }
      if (outcome.failure.code === 'NOT_ALLOWED') return signedOut(before, outcome.failure);
      return before.kind === 'signed_in' ? before : { kind: 'starting', failure: outcome.failure };
    });
  }, []);

  useEffect(() => {
    void look();
  }, [look, turn]);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void look();
    }, POLL_MS);
    return () => {
      clearInterval(timer);
    };
  }, [look]);

  const refresh = useCallback((after: 'reading' | 'acting') => {
    for (const ms of after === 'acting' ? AFTER_ACTING_MS : [0]) {
      setTimeout(() => {
        setTurn((n) => n + 1);
      }, ms);
    }
  }, []);
  const present = useRef(standing);
  present.current = standing;
  const failed = useCallback((client: Client, failure: Failure) => {
    const { current } = present;
    if (failure.code !== 'NOT_ALLOWED' || current.kind !== 'signed_in' || current.client !== client) return;
    overtakeLooks(looks.current);
    setStanding(signedOut(current, failure));
  }, []);
  const signOut = async (): Promise<boolean> => {
    const place = apiPlace();
    if (place.kind === 'remote') {
      overtakeLooks(looks.current);
      forgetToken();
      setStanding({ kind: 'signed_out', failure: null });
      return true;
    }
    await endSession();
    const still = await openClient(place).ask('overview', {});
    if (still.ok) return false;
    overtakeLooks(looks.current);
    setStanding({ kind: 'signed_out', failure: null });
    return true;
  };

  return { standing, turn, look, refresh, failed, signOut };
}

/** Notifies about an expired session; during sign-in the form shows the failure itself. */
function signedOut(before: Standing, failure: Failure): Standing {
  switch (before.kind) {
    case 'signed_in':
      return { kind: 'signed_out', failure };
    case 'starting':
      return { kind: 'signed_out', failure: null };
    case 'signed_out':
      return before;
  }
}

/** Makes all running overview requests ignored: they started in a session that is over. */
function overtakeLooks(looks: { begun: number; heard: number }): void {
  looks.begun += 1;
  looks.heard = looks.begun;
}
