import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readConfig } from '../../lib/config/config';
import { writeConsole } from '../../scripts/build/console';
import { buildConsole } from '../../server/operators/console-files';
import type { ConsoleFiles } from '../../server/operators/console-place';
import { inFolder, onServer } from '../server/running';

/**
 * The most that may be transferred for the whole console, compressed, in KB. It is loaded at night,
 * on a phone.
 */
const MOST_KB = { script: 110, style: 8 };

let files: ConsoleFiles;
beforeAll(async () => {
  files = await buildConsole({ opsUrl: '/ops/api', demoUrl: '/', ownPolicy: false });
});

test('the console is small', () => {
  const packed = (text: string) => gzipSync(text, { level: 9 }).length / 1024;
  expect(packed(files['console.js'])).toBeLessThan(MOST_KB.script);
  expect(packed(files['console.css'])).toBeLessThan(MOST_KB.style);
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
  try {
    const merchants = [{ subMchId: '1900000109' }];
    await writeConsole(folder, readConfig({ merchants, ops: { apiUrl: 'https://api.example.com/ops/api' } }));
    expect(readdirSync(folder).sort()).toEqual([
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
        expect((await server.send('GET', '/console/main.tsx')).status).toBe(404);
        expect((await server.send('GET', '/console/../package.json')).status).toBe(404);
        expect((await server.send('POST', '/console/', {})).status).toBe(405);
        const plain = await fetch(`${server.url}/console`, { redirect: 'manual' });
        expect([plain.status, plain.headers.get('location')]).toEqual([308, '/console/']);
      },
      'a-token-for-those-who-act',
    ),
  ));
