/*
 * Where the operator API is. Served by `server/`, it has the same origin and uses a cookie that
 * scripts cannot read. On a static site, it is the cloud function behind CloudBase's HTTP access
 * service: an address and a bearer token.
 */

/** Where the API is, and its credentials. The token is never part of an address. */
export type ApiPlace =
  | { readonly kind: 'same_origin'; readonly base: string }
  | { readonly kind: 'remote'; readonly base: string | null; readonly token: string | null };

const ADDRESS_KEY = 'wxpay-inbox.ops-address';
const TOKEN_KEY = 'wxpay-inbox.ops-token';

/** The content of a `<meta>` that the server or the build wrote; empty when there is none. */
export function written(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? '';
}

/** The API's place: built into the page, or typed at the last sign-in of this tab. */
export function apiPlace(): ApiPlace {
  const built = written('wxpay-inbox-ops');
  if (built.startsWith('/')) return { kind: 'same_origin', base: built };
  const base = built !== '' ? built : kept(ADDRESS_KEY);
  return { kind: 'remote', base, token: kept(TOKEN_KEY) };
}

/** True when the operator must type where the API is. */
export function asksForAddress(): boolean {
  return written('wxpay-inbox-ops') === '';
}

/** Keeps the typed address and token until the tab is closed. */
export function keepRemote(base: string, token: string): void {
  sessionStorage.setItem(ADDRESS_KEY, base);
  sessionStorage.setItem(TOKEN_KEY, token);
}

/** Forgets the token. */
export function forgetToken(): void {
  sessionStorage.removeItem(TOKEN_KEY);
}

/**
 * The API address somebody typed, with `/api` added if missing; null unless it is HTTPS, or HTTP to
 * this machine.
 */
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
