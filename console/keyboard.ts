import { PLACES, type Place } from './route';

/** What a key does anywhere but in a field. */
export type KeyDeed =
  | {
      readonly kind:
        'search' | 'next_row' | 'previous_row' | 'select' | 'next_page' | 'refresh' | 'help' | 'back';
    }
  | { readonly kind: 'place'; readonly place: Place };

/**
 * What a key does; null for nothing. `typing`: the focus is in a field, where only Escape is not
 * text.
 */
export function outcomeOf(key: string, typing: boolean): KeyDeed | null {
  if (key === 'Escape') return { kind: 'back' };
  if (typing) return null;
  switch (key) {
    case '/':
      return { kind: 'search' };
    case 'j':
    case 'ArrowDown':
      return { kind: 'next_row' };
    case 'k':
    case 'ArrowUp':
      return { kind: 'previous_row' };
    case 'x':
      return { kind: 'select' };
    case 'n':
      return { kind: 'next_page' };
    case 'r':
      return { kind: 'refresh' };
    case '?':
      return { kind: 'help' };
    default: {
      const place = /^[1-9]$/.test(key) ? PLACES[Number(key) - 1] : undefined;
      return place === undefined ? null : { kind: 'place', place };
    }
  }
}

/**
 * Moves the focus among the rows' links by one; to the first or last when it is on none of them.
 */
export function moveRow(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row-link]')];
  const here = rows.findIndex((row) => row.closest('[data-row]')?.contains(document.activeElement));
  const there = here === -1 ? (by === 1 ? 0 : rows.length - 1) : here + by;
  const row = rows[Math.min(Math.max(there, 0), rows.length - 1)];
  row?.focus();
  row?.closest('[data-row]')?.scrollIntoView({ block: 'nearest' });
}

/** Toggles the selection of the focused row. */
export function selectRow(): void {
  document.activeElement
    ?.closest('[data-row]')
    ?.querySelector<HTMLInputElement>('input[type=checkbox]')
    ?.click();
}

/** True while the focus is in a text field. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== 'checkbox' && target.type !== 'radio';
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
