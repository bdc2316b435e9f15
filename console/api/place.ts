/*
 * Where the operator's API is. Served by `server/`, it is on the same origin and a cookie that scripts cannot read opens it. Served as a
 * static site, it is the cloud function behind CloudBase's HTTP access service: an address and a bearer token.
 */

/** Where the API is, and what opens it. The token is never in an address. */
export type ApiPlace =
  | { readonly kind: 'same_origin'; readonly base: string }
  | { readonly kind: 'remote'; readonly base: string | null; readonly token: string | null };

const ADDRESS_KEY = 'wxpay-inbox.ops-address';
const TOKEN_KEY = 'wxpay-inbox.ops-token';

/** The content of a `<meta>` that the server or the build wrote; empty when there is none. */
export function written(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? '';
}

/** Reads where the API is: what the page was built with, or what was typed at the last sign-in of this tab. */
export function apiPlace(): ApiPlace {
  const built = written('wxpay-inbox-ops');
  if (built.startsWith('/')) return { kind: 'same_origin', base: built };
  const base = built !== '' ? built : kept(ADDRESS_KEY);
  return { kind: 'remote', base, token: kept(TOKEN_KEY) };
}

/** True when the operator has to type where the API is. */
export function asksForAddress(): boolean {
  return written('wxpay-inbox-ops') === '';
}

/** Keeps what was typed until the tab is closed. */
export function keepRemote(base: string, token: string): void {
  sessionStorage.setItem(ADDRESS_KEY, base);
  sessionStorage.setItem(TOKEN_KEY, token);
}

/** Forgets the token. */
export function forgetToken(): void {
  sessionStorage.removeItem(TOKEN_KEY);
}

/** The address of the API that somebody typed, its `/api` added where it is left out; null unless it is HTTPS, or HTTP to this machine. */
export function typedAddress(text: string): string | null {
  const url = parsed(text.trim());
  if (url === null) return null;
  const local = url.hostname === 'localhost' || url.hostname === '127.0.0.1';
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local)) return null;
  const base = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  return base.endsWith('/api') ? base : `${base}/api`;
}

function parsed(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function kept(key: string): string | null {
  return sessionStorage.getItem(key);
}
