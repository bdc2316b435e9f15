import { spawn } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { verifyStatement } from '../../lib/bill/read';
import { isRecord } from '../../lib/values/json';
import { bytesOf, trade, writeBill } from './bill';

test('a small file that decompresses to more than a day can have is refused by name', async () => {
  const bytes = bytesOf(writeBill(Array.from({ length: 3_000 }, (_, n) => trade({ number: n + 1 }))));
  const zipped = gzipSync(bytes);
  expect(await verifyStatement([zipped], bytes.length)).toMatchObject({ kind: 'verified', rows: 3_000 });
  const verdict = await verifyStatement([zipped], bytes.length - 1);
  expect(verdict).toMatchObject({ kind: 'refused', code: 'too_large' });
});

/** Reads a generated bill of so many MiB in a process of its own. */
function readLarge(mib: number): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const reader = spawn(
      process.execPath,
      [
        '--max-semi-space-size=1',
        '--max-old-space-size=48',
        '--import',
        'tsx',
        'test/statement/fixtures/reads-large-bill.ts',
        String(mib),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let out = '';
    reader.stdout.setEncoding('utf8').on('data', (part: string) => (out += part));
    reader.on('error', reject);
    reader.on('close', (code) => {
      const said: unknown = code === 0 ? JSON.parse(out) : null;
      if (isRecord(said)) resolve(said);
      else reject(new Error(`ended with ${String(code)}: ${out}`));
    });
  });
}

test('memory does not grow with the file', async () => {
  const small = await readLarge(16);
  const large = await readLarge(128);
  expect([small['kind'], large['kind']]).toEqual(['verified', 'verified']);
  expect(Number(large['rows'])).toBeGreaterThan(7 * Number(small['rows']));
  expect(Number(large['peakKb']) - Number(small['peakKb'])).toBeLessThan(24 * 1024);
}, 60_000);
