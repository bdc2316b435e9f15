import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { instant } from '../lib/values/instant';
import { endSession, openClient, type Client, type Failure } from './api/client';
import { apiPlace, forgetToken } from './api/place';
import { outcomeOf, isTyping, moveRow, selectRow } from './keyboard';
import { wordsOf, type Language } from './language/language';
import { choose, nextTheme, SYSTEM_DARK, wearTheme, type Theme } from './preferences';
import { hrefOf, placeOf, placeRoute, readRoute, type Place, type Route } from './route';
import { Screen } from './screen';
import { SessionContext, type Overview, type Session } from './session';
import { Help } from './view/help';
import { Shell } from './view/shell';
import { SignIn } from './view/sign-in';
import { Start } from './view/start';

/** How often the overview is requested while the page is visible, in ms. */
const POLL_MS = 15_000;

/** How long after an action the data is requested again, in ms: a woken worker runs in between. */
const AFTER_ACTING_MS = [0, 700, 2_500] as const;

/** How long a message stays visible, in ms. */
const SAID_MS = 4_000;

type Standing =
  | { readonly kind: 'starting'; readonly failure: Failure | null }
  | { readonly kind: 'signed_out'; readonly failure: Failure | null }
  | {
      readonly kind: 'signed_in';
      readonly client: Client;
      readonly overview: Overview;
      readonly skewMs: number;
    };

/** The whole console. */
export function App({
  firstLanguage,
  firstTheme,
}: {
  readonly firstLanguage: Language;
  readonly firstTheme: Theme;
}) {
  const [language, setLanguage] = useState(firstLanguage);
  const [theme, setTheme] = useState(firstTheme);
  const [standing, setStanding] = useState<Standing>({ kind: 'starting', failure: null });
  const [turn, setTurn] = useState(0);
  const [said, setSaid] = useState<string | null>(null);
  const [helping, setHelping] = useState(false);
  const route = useRoute();
  const words = wordsOf(language);

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
  useEffect(() => {
    document.documentElement.lang = words.tag;
  }, [words]);
  useEffect(() => {
    const wear = () => {
      wearTheme(theme);
    };
    wear();
    const system = matchMedia(SYSTEM_DARK);
    system.addEventListener('change', wear);
    return () => {
      system.removeEventListener('change', wear);
    };
  }, [theme]);
  useEffect(() => {
    if (said === null) return;
    const timer = setTimeout(() => {
      setSaid(null);
    }, SAID_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [said]);

  const refresh = useCallback((after: 'reading' | 'acting') => {
    for (const ms of after === 'acting' ? AFTER_ACTING_MS : [0]) {
      setTimeout(() => {
        setTurn((n) => n + 1);
      }, ms);
    }
  }, []);
  const failed = useCallback((failure: Failure) => {
    if (failure.code !== 'NOT_ALLOWED') return;
    overtakeLooks(looks.current);
    setStanding((before) => signedOut(before, failure));
  }, []);
  const session = useMemo((): Session | null => {
    if (standing.kind !== 'signed_in') return null;
    const { client, overview, skewMs } = standing;
    return {
      client,
      words,
      language,
      me: overview.you,
      overview,
      now: () => instant(Date.now() + skewMs),
      turn,
      refresh,
      go,
      say: setSaid,
      failed,
    };
  }, [standing, words, language, turn, refresh, failed]);
  useKeys(session === null, refresh, () => setHelping(true));

  const signOut = async (): Promise<void> => {
    const place = apiPlace();
    if (place.kind === 'remote') {
      overtakeLooks(looks.current);
      forgetToken();
      setStanding({ kind: 'signed_out', failure: null });
      return;
    }
    await endSession();
    const still = await openClient(place).ask('overview', {});
    if (still.ok) setSaid(words.page.noSession);
    else {
      overtakeLooks(looks.current);
      setStanding({ kind: 'signed_out', failure: null });
    }
  };

  if (standing.kind === 'signed_out') {
    return <SignIn words={words} failure={standing.failure} onSignedIn={() => setTurn((n) => n + 1)} />;
  }
  if (session === null) {
    return (
      <Start
        words={words}
        failure={standing.kind === 'starting' ? standing.failure : null}
        onAgain={() => void look()}
      />
    );
  }
  return (
    <SessionContext.Provider value={session}>
      <Shell
        route={route}
        theme={theme}
        onTheme={() => {
          const next = nextTheme(theme);
          setTheme(next);
          choose('theme', next);
        }}
        onLanguage={() => {
          const next = language === 'zh' ? 'en' : 'zh';
          setLanguage(next);
          choose('language', next);
        }}
        onSignOut={() => void signOut()}
        onHelp={() => setHelping(true)}
      >
        <Screen route={route} />
      </Shell>
      {helping ? <Help onClose={() => setHelping(false)} /> : null}
      <p class={said === null ? 'said' : 'said on'} role="status">
        {said}
      </p>
    </SessionContext.Provider>
  );
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

function go(route: Route): void {
  location.hash = hrefOf(route);
}

/**
 * The current route, from the address. Moves the focus to a new screen, so that a screen reader
 * starts there.
 */
function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useLayoutEffect(() => {
    const changed = () => {
      setHash(location.hash);
      remember(location.hash);
      document.getElementById('content')?.focus({ preventScroll: true });
      scrollTo(0, 0);
    };
    addEventListener('hashchange', changed);
    remember(location.hash);
    return () => {
      removeEventListener('hashchange', changed);
    };
  }, []);
  return useMemo(() => readRoute(hash), [hash]);
}

/** The last list of each place, so that Escape returns to the same page and filter. */
const lastList = new Map<Place, string>();

function remember(hash: string): void {
  const { screen } = readRoute(hash);
  const place = placeOf(screen);
  if (place !== null && place === screen) lastList.set(place, hash);
}

function useKeys(asleep: boolean, refresh: Session['refresh'], help: () => void): void {
  const latest = useRef({ asleep, refresh, help });
  latest.current = { asleep, refresh, help };
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const { asleep: sleeping, refresh: again, help: show } = latest.current;
      if (sleeping || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (document.querySelector('dialog[open]') !== null) return;
      const typing = isTyping(event.target);
      const deed = outcomeOf(event.key, typing);
      if (deed === null) return;
      event.preventDefault();
      switch (deed.kind) {
        case 'search':
          document.getElementById('search')?.focus();
          break;
        case 'next_row':
          moveRow(1);
          break;
        case 'previous_row':
          moveRow(-1);
          break;
        case 'select':
          selectRow();
          break;
        case 'next_page':
          document.querySelector<HTMLElement>('.next-page')?.click();
          break;
        case 'refresh':
          again('reading');
          break;
        case 'help':
          show();
          break;
        case 'back':
          if (typing && event.target instanceof HTMLElement) event.target.blur();
          else goUp();
          break;
        case 'place':
          go(placeRoute(deed.place));
          break;
      }
    };
    addEventListener('keydown', pressed);
    return () => {
      removeEventListener('keydown', pressed);
    };
  }, []);
}

function goUp(): void {
  const { screen } = readRoute(location.hash);
  const place = placeOf(screen) ?? 'overview';
  if (place !== screen) location.hash = lastList.get(place) ?? hrefOf(placeRoute(place));
}
