import type { Locator, Page } from 'playwright-core';

/*
 * Waits until the page has drawn the result of an action. On a slow machine, a read right after an
 * action sees the previous state, so every read waits for the whole page (`settled`) or repeats
 * until it holds (`eventually`).
 */

/** What a page tells of itself. */
interface Watched {
  /** Questions whose answer has not been taken in yet. */
  asking: number;
  /** Changes of the document so far, but for the clock's. */
  changes: number;
  /** The address the page has received. */
  hash: string;
  /** How far it has moved by itself (cumulative layout shift). */
  moved: number;
}

declare global {
  interface Window {
    readonly watched: Watched;
  }
}

/**
 * How long anything may take, in ms. Not a measure of the console: on a busy machine the first load
 * alone took more than 30 s.
 */
export const PATIENCE_MS = 120_000;

/** Has a page that has not been gone to yet watch itself. */
export async function watchItself(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const watched = { asking: 0, changes: 0, hash: location.hash, moved: 0 };
    Object.assign(window, { watched });
    const fetchNow = window.fetch.bind(window);
    const taken = (): void => {
      // What is done with an answer is done in microtasks, before this.
      setTimeout(() => {
        watched.asking -= 1;
      });
    };
    window.fetch = async (...what) => {
      watched.asking += 1;
      try {
        const response = await fetchNow(...what);
        const [json, text] = [response.json.bind(response), response.text.bind(response)];
        response.json = () => json().finally(taken);
        response.text = () => text().finally(taken);
        return response;
      } catch (error) {
        taken();
        throw error;
      }
    };
    addEventListener('hashchange', () => {
      watched.hash = location.hash;
    });
    const ticks = ({ target }: MutationRecord) => {
      const element = target instanceof Element ? target : target.parentElement;
      return element !== null && element.closest('.clock') !== null;
    };
    new MutationObserver((records) => {
      watched.changes += records.filter((record) => !ticks(record)).length;
    }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) watched.moved += 'value' in entry ? Number(entry.value) : 0;
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

/**
 * Waits until the page has the route of its address, awaits no answer and no part of its own, and
 * has run its effects without a change.
 */
export async function settled(page: Page): Promise<void> {
  const never = await page.evaluate(async (patience) => {
    const { watched } = window;
    // Preact's effects run in a timer after the next frame, and were put there before this one.
    const effects = () => new Promise<void>((run) => requestAnimationFrame(() => setTimeout(run)));
    const until = Date.now() + patience;
    let before = watched.changes;
    for (let quiet = 0; quiet < 3;) {
      await effects();
      const { asking, changes, hash } = watched;
      const loads = document.querySelector('[aria-busy=true]') !== null;
      const rests = asking === 0 && !loads && hash === location.hash && changes === before;
      quiet = rests ? quiet + 1 : 0;
      before = changes;
      if (Date.now() > until) return { ...watched, address: location.href };
    }
    return null;
  }, PATIENCE_MS);
  if (never !== null) throw new Error(`never quiet: ${JSON.stringify(never)}`);
}

/**
 * Repeats once per frame until the expectation holds. Throws the last failure when it does not in
 * time.
 */
export async function eventually(page: Page, expected: () => Promise<void>): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      await expected();
      return;
    } catch (failure) {
      if (Date.now() > until) throw failure;
    }
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(drawn)));
  }
}

/** Waits until so many are there. */
export function expectCount(locator: Locator, n: number): Promise<void> {
  return eventually(locator.page(), async () => {
    expect(await locator.count()).toBe(n);
  });
}

/** Waits until the one that is meant has this in its text. */
export function expectText(locator: Locator, part: string): Promise<void> {
  return eventually(locator.page(), async () => {
    expect(await locator.textContent()).toContain(part);
  });
}

/** Waits until exactly these texts are there, in this order. */
export function expectTexts(locator: Locator, texts: readonly string[]): Promise<void> {
  return eventually(locator.page(), async () => {
    expect(await locator.allTextContents()).toEqual(texts);
  });
}

/** Waits until the address says that the page is here, and all that belongs there is drawn. */
export async function expectPlace(page: Page, hash: string): Promise<void> {
  await eventually(page, () => {
    expect(new URL(page.url()).hash).toBe(hash);
    return Promise.resolve();
  });
  await settled(page);
}
