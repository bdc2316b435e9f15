import { useEffect, useMemo, useState } from 'preact/hooks';
import { instant } from '../lib/values/instant';
import type { Language } from '../lib/values/language';
import { wordsOf } from './language/language';
import { forgetDrafts } from './drafts';
import { choose, nextTheme, SYSTEM_DARK, wearTheme, type Theme } from './preferences';
import { Screen } from './screen';
import { SessionContext, type Session } from './session';
import { useKeys } from './use-keys';
import { go, useRoute } from './use-route';
import { usePresence } from './use-presence';
import { Help } from './view/help';
import { Shell } from './view/shell';
import { SignIn } from './view/sign-in';
import { Start } from './view/start';

/** How long a message stays visible, in ms: long enough to read what an action changed. */
const SAID_MS = 8_000;

/** The whole console. */
export function App({
  firstLanguage,
  firstTheme,
}: {
  readonly firstLanguage: Language;
  readonly firstTheme: Theme;
}) {
  const [language, setLanguage] = useState(firstLanguage);
  const [theme, setTheme] = useTheme(firstTheme);
  const [said, say] = useSaid();
  const [helping, setHelping] = useState(false);
  const { standing, turn, look, refresh, failed, signOut } = usePresence();
  const route = useRoute();
  const words = wordsOf(language);

  useEffect(() => {
    document.documentElement.lang = words.tag;
  }, [words]);
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
      say,
      failed: (failure) => failed(client, failure),
    };
  }, [standing, words, language, turn, refresh, failed, say]);
  useKeys(session === null, refresh, () => setHelping(true));

  if (standing.kind === 'signed_out') {
    return <SignIn words={words} failure={standing.failure} onSignedIn={() => refresh('reading')} />;
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
        onSignOut={() => {
          void signOut().then((ended) => {
            if (ended) forgetDrafts();
            else say(words.page.noSession);
          });
        }}
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

/** The theme, worn by the page. */
function useTheme(first: Theme) {
  const [theme, setTheme] = useState(first);
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
  return [theme, setTheme] as const;
}

/** A message that goes away by itself. */
function useSaid() {
  const [said, setSaid] = useState<string | null>(null);
  useEffect(() => {
    if (said === null) return;
    const timer = setTimeout(() => {
      setSaid(null);
    }, SAID_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [said]);
  return [said, setSaid] as const;
}
