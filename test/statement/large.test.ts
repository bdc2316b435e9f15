import { spawn } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { verifyStatement } from '../../lib/bill/read';
import { isRecord } from '../../lib/values/json';
import { nodeRuns } from '../compiled/compiled';
import { bytesOf, trade, writeBill } from './bill';

test('a small file that decompresses to more than a day can have is refused by name', async () => {
  const bytes = bytesOf(writeBill(Array.from({ length: 3_000 }, (_, n) => trade({ number: n + 1 }))));
  const zipped = gzipSync(bytes);
  expect(await verifyStatement([zipped], { bytes: bytes.length })).toMatchObject({
    kind: 'verified',
    rows: 3_000,
  });
  const verdict = await verifyStatement([zipped], { bytes: bytes.length - 1 });
  expect(verdict).toMatchObject({ kind: 'refused', code: 'too_large' });
});

describe('a small file that would keep a machine busy is refused by name', () => {
  const { header, rows } = writeBill([trade()]);
  const [row = ''] = rows;
  const bomb = (line: string, lines: number) => gzipSync(`${header}\r\n${`${line}\n`.repeat(lines)}`);
  const code = async (...given: Parameters<typeof verifyStatement>): Promise<unknown> => {
    const verdict = await verifyStatement(...given);
    return verdict.kind === 'refused' ? [verdict.code, verdict.message] : verdict.kind;
  };

  test('for text that its bytes cannot hold', async () => {
    const advice: unknown = expect.stringMatching(/download .* again/);
    expect(await code([bomb(row, 30_000)], { denseBytes: 2 ** 20 })).toEqual(['gzip_bomb', advice]);
    expect(await code([bomb(row, 30_000)], { denseBytes: 2 ** 30 })).toEqual([
      'no_summary',
      expect.anything(),
    ]);
  });

  test('for lines without end, blank ones too', async () => {
    const limits = { lines: 10_000, denseBytes: 2 ** 30 };
    for (const line of ['', 'x', row]) {
      const advice: unknown = expect.stringMatching(/Check which file/);
      expect(await code([bomb(line, 10_000)], limits)).toEqual(['too_many_lines', advice]);
    }
  });

  test('for work without end, on a clock that is never set; waiting is no work', async () => {
    const bytes = bytesOf(writeBill(Array.from({ length: 3_000 }, (_, n) => trade({ number: n + 1 }))));
    const wall = jest.spyOn(Date, 'now').mockImplementation(() => performance.now() * 1e9);
    try {
      expect(await code([bytes])).toBe('verified');
      let ms = 0;
      const advice: unknown = expect.stringMatching(/faster machine/);
      // Each piece of 64 KiB takes 20 s.
      expect(await code([bytes], { elapsed: () => (ms += 20_000) })).toEqual(['too_slow', advice]);
      function* slow(): Generator<Buffer, void, void> {
        for (let at = 0; at < bytes.length; at += 65_536) {
          ms += 100_000;
          yield bytes.subarray(at, at + 65_536);
        }
      }
      expect(await code(slow(), { elapsed: () => ms })).toBe('verified');
    } finally {
      wall.mockRestore();
    }
  });
});

/** Reads a generated bill of so many MiB in a process of its own. */
function readLarge(mib: number): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const reader = spawn(
      process.execPath,
      [
        '--max-semi-space-size=1',
        '--max-old-space-size=48',
        ...nodeRuns('test/statement/fixtures/reads-large-bill.ts'),
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
  const small = await readLarge(8);
  const large = await readLarge(64);
  expect([small['kind'], large['kind']]).toEqual(['verified', 'verified']);
  expect(Number(large['rows'])).toBeGreaterThan(7 * Number(small['rows']));
  expect(Number(large['peakKb']) - Number(small['peakKb'])).toBeLessThan(24 * 1024);
}, 60_000);
