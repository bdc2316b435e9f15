import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Operator, OpsOperations } from '../lib/ops/api';
import type { Instant } from '../lib/values/instant';
import type { Client, Failure } from './api/client';
import type { Words } from './language/en';
import type { Language } from './language/language';
import type { Route } from './route';

/** What the overview last said: it also tells who the operator is. */
export type Overview = OpsOperations['overview']['answer'];

/** What every part of the page may use. */
export interface Session {
  readonly client: Client;
  readonly words: Words;
  readonly language: Language;
  readonly me: Operator;
  readonly overview: Overview;
  /** The server's time now, as far as this machine's clock runs like it. */
  readonly now: () => Instant;
  /** Goes up when what is shown should be asked for again. */
  readonly turn: number;
  /** Asks again, at once and twice shortly after: what was done may take a worker's turn to show. */
  readonly refresh: (after: 'reading' | 'acting') => void;
  readonly go: (route: Route) => void;
  /** Says something in passing. */
  readonly say: (text: string) => void;
  /** Called with every failure: one that means nobody is signed in leads to the sign-in. */
  readonly failed: (failure: Failure) => void;
}

/** The session of whoever is signed in. */
export const SessionContext = createContext<Session | null>(null);

/** The session. Throws outside of one. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('a part of the page was shown to nobody');
  return session;
}
