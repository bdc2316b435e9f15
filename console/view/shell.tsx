import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatBeijing } from '../../lib/values/instant';
import { written } from '../api/place';
import type { Overview } from '../session';
import { useSession } from '../session';
import { attentionOf, goodsOut } from '../reading/attention';
import { PLACES, placeOf, placeRoute, type Place, type Route } from '../route';
import type { Theme } from '../preferences';
import { Go } from './parts';
import { PauseBanner } from './pauses';

/** The frame of every screen: navigation, search, the signed-in operator. */
export function Shell({
  route,
  theme,
  children,
  onTheme,
  onLanguage,
  onSignOut,
  onHelp,
}: {
  readonly route: Route;
  readonly theme: Theme;
  readonly children: ComponentChildren;
  readonly onTheme: () => void;
  readonly onLanguage: () => void;
  readonly onSignOut: () => void;
  readonly onHelp: () => void;
}) {
  const { words, overview, me, refresh } = useSession();
  const here = placeOf(route.screen);
  const demo = written('wxpay-inbox-demo');
  useUrgent(urgentOf(overview));
  return (
    <div class="shell">
      <a class="skip" href="#content" onClick={skip}>
        {words.page.skip}
      </a>
      <header class="top">
        <a class="brand" href="#/">
          <Mark /> wxpay-inbox
        </a>
        <SearchField route={route} />
        <div class="who">
          <Clock />
          <button
            type="button"
            class="plain icon"
            title={words.page.refresh}
            aria-label={words.page.refresh}
            onClick={() => refresh('reading')}
          >
            ↻
          </button>
          <button
            type="button"
            class="plain icon"
            title={words.page.theme[theme]}
            aria-label={words.page.theme[theme]}
            onClick={onTheme}
          >
            {{ auto: '◐', light: '☀', dark: '☾' }[theme]}
          </button>
          <button type="button" class="plain" lang={words.tag === 'en' ? 'zh-CN' : 'en'} onClick={onLanguage}>
            {words.otherLanguage}
          </button>
          <span class="me" title={me.name}>
            {words.people.roles[me.role]}
          </span>
          <button type="button" class="plain" onClick={onSignOut}>
            {words.page.signOut}
          </button>
        </div>
      </header>
      <nav class="rail" aria-label={words.page.places}>
        <ul>
          {PLACES.map((place, n) => (
            <li key={place}>
              <Go to={placeRoute(place)} aria-current={place === here ? 'page' : undefined}>
                <kbd aria-hidden="true">{n + 1}</kbd>
                <span>{words.place[place]}</span>
                <Badge n={badgeOf(place, overview)} />
              </Go>
            </li>
          ))}
        </ul>
        <p>
          {demo === '' ? null : <a href={demo}>{words.page.tryPayments}</a>}
          <button type="button" class="plain" onClick={onHelp}>
            {words.page.keys} <kbd>?</kbd>
          </button>
        </p>
      </nav>
      <main id="content" tabIndex={-1}>
        <PauseBanner />
        {children}
      </main>
    </div>
  );
}

function skip(event: Event): void {
  // The address is the route and must not become that of an anchor.
  event.preventDefault();
  document.getElementById('content')?.focus();
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
      <rect width="32" height="32" rx="7" class="mark" />
      <path d="M7 12h18M7 20h18" stroke="#fff" stroke-width="3.4" stroke-linecap="round" />
    </svg>
  );
}

function Badge({ n }: { readonly n: number }) {
  return n === 0 ? null : <span class="badge">{n > 999 ? '999+' : n}</span>;
}

/** How many items an operator must act on. */
function urgentOf(overview: Overview): number {
  return attentionOf(overview).filter(({ weight }) => weight === 'bad').length;
}

/** Shows that number where people see it without the page: in the tab, and on an installed icon. */
function useUrgent(n: number): void {
  useEffect(() => {
    document.title = n === 0 ? 'wxpay-inbox' : `(${n}) wxpay-inbox`;
    // Only some browsers have it, and only where the page is installed.
    if ('setAppBadge' in navigator) navigator.setAppBadge(n).catch(() => undefined);
  }, [n]);
}

/** How many items of a place need attention. */
function badgeOf(place: Place, overview: Overview): number {
  const { figures, runs, waitingApprovals } = overview;
  switch (place) {
    case 'messages':
      return figures.dead;
    case 'orders':
      return goodsOut(overview).failed;
    case 'refunds':
      return figures.refunds.abnormal;
    case 'discrepancies':
      return Object.values(figures.openDiscrepancies).reduce((sum, n) => sum + n, 0);
    case 'runs':
      return runs.filter(({ outcome }) => outcome === 'missing' || outcome === 'corrupt').length;
    case 'approvals':
      return waitingApprovals;
    case 'overview':
      return urgentOf(overview);
    case 'audit':
    case 'checks':
      return 0;
  }
}

function SearchField({ route }: { readonly route: Route }) {
  const { words, go } = useSession();
  const field = useRef<HTMLInputElement>(null);
  const asked = route.screen === 'search' ? route.text : '';
  const [text, setText] = useState(asked);
  useLayoutEffect(() => {
    setText(asked);
  }, [asked]);
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const wanted = text.trim();
        if (wanted === '') return;
        field.current?.blur();
        setText('');
        go({ screen: 'search', text: wanted });
      }}
    >
      <input
        ref={field}
        id="search"
        type="search"
        autoComplete="off"
        spellcheck={false}
        aria-label={words.page.searchName}
        placeholder={words.page.search}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}

function Clock() {
  const { words, now } = useSession();
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      tick((n) => n + 1);
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return (
    <span class="clock">
      <span>{words.page.beijing}</span> {formatBeijing(now(), 'MM-DD HH:mm:ss')}
    </span>
  );
}
