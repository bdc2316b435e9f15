/*
 * Preferences stored on this machine. Without storage, as in a private window that forbids it,
 * nothing is stored and everything works.
 */

/** What can be chosen. */
export type Preference = 'language' | 'theme';

/** Light or dark, or as the system has it. */
export type Theme = 'auto' | 'light' | 'dark';

/** The stored choice; null for none. */
export function chosen(what: Preference): string | null {
  try {
    return localStorage.getItem(`wxpay-inbox.${what}`);
  } catch {
    return null;
  }
}

/** Stores a choice. */
export function choose(what: Preference, value: string): void {
  try {
    localStorage.setItem(`wxpay-inbox.${what}`, value);
  } catch {
    // Failure policy: fail open. The choice lasts until the page is left.
  }
}

/** The theme a text names; the system's for any other. */
export function themeOf(text: string | null): Theme {
  return text === 'light' || text === 'dark' ? text : 'auto';
}

/** The theme after this one. */
export function nextTheme(theme: Theme): Theme {
  switch (theme) {
    case 'auto':
      return 'light';
    case 'light':
      return 'dark';
    case 'dark':
      return 'auto';
  }
}

/** The system's preference. */
export const SYSTEM_DARK = '(prefers-color-scheme: dark)';

/** Applies a theme to the page: the styles only have light and dark. */
export function wearTheme(theme: Theme): void {
  const dark = theme === 'auto' ? matchMedia(SYSTEM_DARK).matches : theme === 'dark';
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
}
