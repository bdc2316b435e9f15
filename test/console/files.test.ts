import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readConfig } from '../../lib/config/config';
import { writeConsole } from '../../scripts/build/console';
import { buildConsole } from '../../server/operators/console-files';
import { isConsolePart, type ConsoleFiles } from '../../server/operators/console-place';
import { inFolder, onServer } from '../server/running';

/**
 * The most that may be transferred, compressed, in KB: before the first screen shows, and for all
 * screens. It is loaded at night, on a phone.
 */
const MOST_KB = { first: 90, all: 125, style: 8 };

/** The parts a page asks for at once. */
function partsIn(page: string): string[] {
  return [...page.matchAll(/<link rel="modulepreload" href="([^"]+)" \/>/g)].map(([, name = '']) => name);
}

let files: ConsoleFiles;
beforeAll(async () => {
  files = await buildConsole({ opsUrl: '/ops/api', demoUrl: '/', ownPolicy: false });
});

test('the console is small', () => {
  const packed = (text: string) => gzipSync(text, { level: 9 }).length / 1024;
  const sum = (names: readonly string[]) => names.reduce((kb, name) => kb + packed(texts.get(name) ?? ''), 0);
  const texts = new Map(Object.entries(files));
  const preloaded = partsIn(files['index.html']);
  expect(sum(['console.js', ...preloaded])).toBeLessThan(MOST_KB.first);
  expect(sum([...texts.keys()].filter((name) => name.endsWith('.js')))).toBeLessThan(MOST_KB.all);
  expect(packed(files['console.css'])).toBeLessThan(MOST_KB.style);
});

test('the page names every part that its script needs at once, and no other', () => {
  const imported = [...files['console.js'].matchAll(/\bfrom"\.\/([^"]+)"/g)].map(([, name]) => name);
  expect(imported.length).toBeGreaterThan(0);
  expect(partsIn(files['index.html'])).toEqual(imported);
  const onDemand = [...files['console.js'].matchAll(/\bimport\("\.\/([^"]+)"\)/g)].map(([, name]) => name);
  expect(onDemand.length).toBeGreaterThan(0);
  expect(Object.keys(files)).toEqual(expect.arrayContaining(onDemand));
  for (const name of onDemand) expect(imported).not.toContain(name);
});

test('the page has no script or style of its own in it, and asks nobody else for any', () => {
  const page = files['index.html'];
  expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|https?:/);
  expect(page).toContain('<meta name="wxpay-inbox-ops" content="/ops/api" />');
  expect(files['console.css']).not.toMatch(/url\(|@import/);
  expect(files['console.js']).not.toMatch(/\beval\(|new Function\(/);
});

test('as a static site it carries its policy, and asks the configured API and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-site-'));
  writeFileSync(join(folder, 'part-OFBEFORE.js'), 'of an earlier version');
  try {
    const merchants = [{ subMchId: '1900000109' }];
    await writeConsole(folder, readConfig({ merchants, ops: { apiUrl: 'https://api.example.com/ops/api' } }));
    const [parts, others] = [true, false].map((are) =>
      readdirSync(folder).filter((name) => isConsolePart(name) === are),
    );
    expect(parts?.sort()).toEqual(Object.keys(files).filter(isConsolePart).sort());
    expect(others?.sort()).toEqual([
      'console.css',
      'console.js',
      'icon.svg',
      'index.html',
      'manifest.webmanifest',
    ]);
    const page = readFileSync(join(folder, 'index.html'), 'utf8');
    expect(page).toContain("connect-src 'self' https://api.example.com; base-uri 'none'");
    expect(page).toContain('<meta name="wxpay-inbox-ops" content="https://api.example.com/ops/api" />');
    expect(() => readConfig({ merchants, ops: { apiUrl: 'http://api.example.com/ops/api' } })).toThrow(
      'apiUrl',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the server gives it under /console/, packed, once per version, to anybody and framed by nobody', () =>
  inFolder((folder) =>
    onServer(
      folder,
      async (server) => {
        const page = await server.send('GET', '/console/');
        expect(page.status).toBe(200);
        expect(page.headers.get('content-security-policy')).toBe(
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; manifest-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        );
        const script = await server.send('GET', '/console/console.js');
        expect(script.headers.get('content-encoding')).toBe('gzip');
        expect(script.text).toBe(files['console.js']);
        const again = { 'if-none-match': script.headers.get('etag') ?? '' };
        expect((await server.send('GET', '/console/console.js', undefined, again)).status).toBe(304);
        for (const name of Object.keys(files).filter(isConsolePart)) {
          const part = await server.send('GET', `/console/${name}`);
          expect([part.status, part.headers.get('cache-control')]).toEqual([
            200,
            'max-age=31536000, immutable',
          ]);
        }
        expect((await server.send('GET', '/console/part-OFBEFORE.js')).status).toBe(404);
        expect((await server.send('GET', '/console/main.tsx')).status).toBe(404);
        expect((await server.send('GET', '/console/../package.json')).status).toBe(404);
        expect((await server.send('POST', '/console/', {})).status).toBe(405);
        const plain = await fetch(`${server.url}/console`, { redirect: 'manual' });
        expect([plain.status, plain.headers.get('location')]).toEqual([308, '/console/']);
      },
      'a-token-for-those-who-act',
    ),
  ));
