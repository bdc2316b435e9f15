/*
 * What was typed in a dialog, until it is sent or the dialog is closed. A session that ends takes
 * the page away with the dialog; after the next sign-in, opening it again shows the text again. It
 * is kept in this page's memory only, apart for each person.
 */

/** What a dialog holds. */
export interface Draft {
  readonly reason: string;
  /** The typed part of a refund; null for all of it. */
  readonly part: string | null;
  /** The id of the request, so that sending it again is the same refund. */
  readonly requestId: string;
}

const drafts = new Map<string, Draft>();

/** The name of a person's draft for these items. */
export function draftKey(who: string, action: string, names: readonly string[]): string {
  return JSON.stringify([who, action, ...names]);
}

/** The draft of this name; null when there is none. */
export function draftOf(key: string): Draft | null {
  return drafts.get(key) ?? null;
}

/** Keeps a draft over the one before. */
export function keepDraft(key: string, draft: Draft): void {
  drafts.set(key, draft);
}

/** Forgets a draft: it was sent, or its dialog was closed. */
export function dropDraft(key: string): void {
  drafts.delete(key);
}

/** Forgets all, when somebody signs out. */
export function forgetDrafts(): void {
  drafts.clear();
}
