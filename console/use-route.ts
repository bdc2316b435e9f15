import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { hrefOf, placeOf, placeRoute, readRoute, type Place, type Route } from './route';

/** Opens a screen. */
export function go(route: Route): void {
  location.hash = hrefOf(route);
}

/**
 * The current route, from the address. Moves the focus to a new screen, so that a screen reader
 * starts there.
 */
export function useRoute(): Route {
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

/** Goes from an item to the last list of its place, and from a list to the place itself. */
export function goUp(): void {
  const { screen } = readRoute(location.hash);
  const place = placeOf(screen) ?? 'overview';
  if (place !== screen) location.hash = lastList.get(place) ?? hrefOf(placeRoute(place));
}
