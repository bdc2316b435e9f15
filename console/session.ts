import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { OpsOperations } from '../lib/ops/api';
import type { Person } from '../lib/model/operators/principal';
import type { Instant } from '../lib/values/instant';
import type { Client, Failure } from './api/client';
import type { Words } from './language/en';
import type { Language } from '../lib/values/language';
import type { Route } from './route';

/** The overview's last answer, which also names the operator. */
export type Overview = OpsOperations['overview']['answer'];

/** What every part of the page may use. */
export interface Session {
  readonly client: Client;
  readonly words: Words;
  readonly language: Language;
  readonly me: Person;
  readonly overview: Overview;
  /** The server's current time, estimated with this machine's clock. */
  readonly now: () => Instant;
  /** Rises when the page's data must be requested again. */
  readonly turn: number;
  /**
   * Requests the data again, at once and twice shortly after: an action may need a worker's run to
   * show.
   */
  readonly refresh: (after: 'reading' | 'acting') => void;
  readonly go: (route: Route) => void;
  /** Shows a message for a while. */
  readonly say: (text: string) => void;
  /** Called with every failure; one that means the session is over leads to the sign-in. */
  readonly failed: (failure: Failure) => void;
}

/** The session of the signed-in operator. */
export const SessionContext = createContext<Session | null>(null);

/** The session. Throws outside of one. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('a part of the page was rendered without a session');
  return session;
}
