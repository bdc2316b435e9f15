import type { Page } from 'playwright-core';

/**
 * `CONSOLE_SLOWED=10` runs the browser ten times slower, with late frames and late, reordered
 * answers, to show races.
 */
const SLOWED = Number(process.env['CONSOLE_SLOWED'] ?? '1');

/** Slows a page that has not been gone to yet, if the cases are to run slowed. */
export async function slowIfAsked(page: Page): Promise<void> {
  if (SLOWED <= 1) return;
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWED });
  await page.addInitScript(delay, { frameMs: Math.min(120, SLOWED * 12), answerMs: 300 });
}

/**
 * Runs in the page. A slower processor alone keeps the order of everything; external events must
 * come late too.
 */
function delay({ frameMs, answerMs }: { readonly frameMs: number; readonly answerMs: number }): void {
  const [fetchNow, frame, timer] = [
    window.fetch.bind(window),
    window.requestAnimationFrame.bind(window),
    window.setTimeout.bind(window),
  ];
  // The same delays in every run (a linear congruential generator).
  let seed = 1;
  window.fetch = async (...what) => {
    const response = await fetchNow(...what);
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    const ms = (seed / 2_147_483_648) * answerMs;
    await new Promise((on) => timer(on, ms));
    return response;
  };
  window.requestAnimationFrame = (drawn) =>
    frame((at) => {
      timer(() => drawn(at), frameMs);
    });
  // Preact runs effects after a frame or a short time, whichever is first: delaying both equally
  // keeps their order.
  const late = (run: () => void, ms = 0): number => timer(run, ms < SHORT_MS ? ms + frameMs : ms);
  const SHORT_MS = 100;
  Object.assign(window, { setTimeout: late });
}
