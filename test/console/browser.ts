import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { ACT } from './shop';
import { slowIfAsked } from './slowed';
import { PATIENCE_MS, settled, watchItself } from './watched';

/**
 * Where Debian's and others' packages put it. `CHROMIUM` names another. First the one without
 * windows: with its windows, though nobody sees them, each page costs a second of processor time
 * instead of a quarter.
 */
const PLACES = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** The browser of this machine; null where there is none. */
export const CHROMIUM: string | null = PLACES.find((place) => place !== '' && existsSync(place)) ?? null;

/** Cases that need the browser. Where it is missing they are skipped, and say so. */
export const inBrowser = CHROMIUM === null ? describe.skip : describe;
if (CHROMIUM === null) console.warn('no chromium on this machine: the console’s browser cases are skipped');

/** Starts the browser. Whoever starts it closes it. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM ?? '',
    // Root may not have a sandbox; nothing but our own pages on loopback is opened.
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
    // A first start on a busy machine reads the whole browser from its disk.
    timeout: 120_000,
  });
}

/** A page, and what went wrong in it. */
export interface Opened {
  readonly page: Page;
  /** Errors of its scripts, its console and its content policy so far. */
  readonly errors: string[];
}

/** Opens a page of its own session. A request that leaves loopback fails and is an error. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({
    locale: 'en-US',
    viewport: { width: 1360, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await slowIfAsked(page);
  await watchItself(page);
  const errors: string[] = [];
  page.on('console', (message) => {
    // A refusal the page shows in words is logged by the browser too.
    const expected = message.location().url.includes('/ops/') && /status of 4\d\d/.test(message.text());
    if ((message.type() === 'error' || message.type() === 'warning') && !expected)
      errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') errors.push(`asked ${request.url()}`);
  });
  return { page, errors };
}

/** Signs in with a token and waits until what is there is shown. */
export async function signIn(page: Page, url: string, token: string = ACT, hash = ''): Promise<void> {
  await page.goto(`${url}/console/${hash}`);
  await page.locator('input[type=password]').fill(token);
  await page.locator('.sign-in button[type=submit]').click();
  await page.locator('.shell').waitFor();
  await settled(page);
}

/** Goes to a place by its address and waits until its answers are there. */
export async function visit(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => {
    location.hash = to;
  }, hash);
  await settled(page);
}

/** Keeps a picture of the page for people to look at, where `CONSOLE_PICTURES` names a folder. */
export async function picture(page: Page, name: string, fullPage = true): Promise<void> {
  const folder = process.env['CONSOLE_PICTURES'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage });
}
