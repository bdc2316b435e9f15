import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { ArchiveError, type StatementArchive } from '../../lib/statement/run/archive';
import type { ArchivedFile } from '../../lib/model/statement/archived-file';
import { daysLater, dayOf } from '../../lib/values/day';
import type { SubMchId } from '../../lib/values/ids';
import { isSubMchId } from '../../lib/values/ids';
import { MERCHANT, START } from '../store/builders';

/** One empty archive: what a case works on. */
export interface ArchiveHarness {
  readonly archive: StatementArchive;
  /** The archive as another process opens it. */
  readonly reopened: () => StatementArchive;
  /** The names of everything that is kept or lies about, sorted. */
  readonly names: () => readonly string[];
  /** Puts other bytes where a file is, or none, as a disk or a person may. */
  readonly tamper: (file: ArchivedFile, bytes: Buffer | null) => void;
  /**
   * Interrupts the next `keep` of this file after the bytes are written and before they are in the
   * archive. Returns the fix.
   */
  readonly breakOff: (of: Kept) => () => void;
  readonly close: () => Promise<void>;
}

/** What is kept. */
export type Kept = Parameters<StatementArchive['keep']>;

const DAY = dayOf(START);

/** A statement of some size, with the byte order mark WeChat Pay begins them with. */
export const STATEMENT = Buffer.from(
  `\uFEFF交易时间,公众账号ID\r\n${'`2026-03-01 12:00:00,`wx1\r\n'.repeat(40_000)}`,
);

/** Everything that pieces add up to. */
export async function contentOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

/** How reading a file to its end is refused. */
export async function refusal(archive: StatementArchive, file: ArchivedFile): Promise<string> {
  return rejectionOf(async () => contentOf(await archive.read(file)));
}

/** The code of the `ArchiveError` that the work is rejected with. */
export async function rejectionOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ArchiveError) return error.code;
    throw error;
  }
  return 'not refused';
}

/** What every archive promises, as cases: the same ones run on each adapter. */
export function describeArchive(name: string, open: () => Promise<ArchiveHarness>): void {
  const onArchive = (run: (harness: ArchiveHarness) => Promise<void>) => async () => {
    const harness = await open();
    try {
      await run(harness);
    } finally {
      await harness.close();
    }
  };

  describe(`${name} as an archive`, () => {
    it.each([
      ['a statement as text', STATEMENT],
      ['a gzipped one', gzipSync(STATEMENT)],
      ['a part of a larger memory', STATEMENT.subarray(100, 2_000)],
      ['nothing at all', Buffer.alloc(0)],
    ])('gives back %s, byte for byte', (_what, bytes) =>
      onArchive(async ({ archive, reopened }) => {
        const file = await archive.keep(MERCHANT, DAY, bytes);
        expect(file).toMatchObject({
          bytes: bytes.length,
          sha256: createHash('sha256').update(bytes).digest('hex'),
        });
        expect((await contentOf(await archive.read(file))).equals(bytes)).toBe(true);
        expect((await contentOf(await reopened().read(file))).equals(bytes)).toBe(true);
      })(),
    );

    it(
      'keeps the same bytes once, and other bytes of that day, merchant or day beside them',
      onArchive(async ({ archive, reopened, names }) => {
        const other = otherMerchant();
        const kept = await archive.keep(MERCHANT, DAY, STATEMENT);
        expect(await reopened().keep(MERCHANT, DAY, Buffer.from(STATEMENT))).toEqual(kept);
        expect(names()).toHaveLength(1);
        const rest = await Promise.all([
          archive.keep(MERCHANT, DAY, STATEMENT.subarray(1)),
          archive.keep(MERCHANT, daysLater(DAY, 1), STATEMENT),
          archive.keep(other, DAY, STATEMENT),
        ]);
        expect(new Set([kept, ...rest].map(({ location }) => location)).size).toBe(4);
        expect(names()).toHaveLength(4);
        for (const file of [kept, ...rest])
          expect(await contentOf(await archive.read(file))).toHaveLength(file.bytes);
      }),
    );

    it(
      'keeps parts of a file beside the day’s files, and drops one file alone',
      onArchive(async ({ archive, reopened, names }) => {
        const whole = await archive.keep(MERCHANT, DAY, STATEMENT);
        const part = await archive.keep(MERCHANT, DAY, STATEMENT, 'part');
        expect(part).toEqual({ ...whole, location: part.location });
        expect(part.location).toMatch(/-part-[0-9a-f]{32}\.csv$/);
        for (let times = 0; times < 2; times += 1) await reopened().drop(part);
        expect(await refusal(archive, part)).toBe('not_found');
        expect(await contentOf(await archive.read(whole))).toHaveLength(whole.bytes);
        expect(names()).toHaveLength(1);
      }),
    );

    it(
      'keeps the same bytes once when two do it at once',
      onArchive(async ({ archive, reopened, names }) => {
        const [one, two] = await Promise.all([
          archive.keep(MERCHANT, DAY, STATEMENT),
          reopened().keep(MERCHANT, DAY, STATEMENT),
        ]);
        expect(one).toEqual(two);
        expect(names()).toHaveLength(1);
        expect((await contentOf(await archive.read(one))).equals(STATEMENT)).toBe(true);
      }),
    );

    it(
      'names merchant, day and the beginning of the hash, and tells gzip from text',
      onArchive(async ({ archive, names }) => {
        const text = await archive.keep(MERCHANT, DAY, STATEMENT);
        const gzip = await archive.keep(MERCHANT, daysLater(DAY, 1), gzipSync(STATEMENT));
        expect(names()).toEqual([
          expect.stringMatching(
            new RegExp(`${MERCHANT}/20260301-${text.sha256.slice(0, 32)}\\.csv$`),
          ) as unknown,
          expect.stringMatching(
            new RegExp(`${MERCHANT}/20260302-${gzip.sha256.slice(0, 32)}\\.csv\\.gz$`),
          ) as unknown,
        ]);
      }),
    );

    it(
      'says that a file is missing, and takes it again',
      onArchive(async ({ archive, tamper }) => {
        const file = await archive.keep(MERCHANT, DAY, STATEMENT);
        tamper(file, null);
        expect(await refusal(archive, file)).toBe('not_found');
        expect(await archive.keep(MERCHANT, DAY, STATEMENT)).toEqual(file);
        expect((await contentOf(await archive.read(file))).equals(STATEMENT)).toBe(true);
      }),
    );

    it.each([
      ['cut short', STATEMENT.subarray(0, STATEMENT.length - 1)],
      ['changed in one byte', Buffer.concat([STATEMENT.subarray(0, -1), Buffer.from('!')])],
      ['emptied', Buffer.alloc(0)],
    ])('does not give out as whole a file that was %s, and fixes it by keeping it again', (_what, bytes) =>
      onArchive(async ({ archive, tamper }) => {
        const file = await archive.keep(MERCHANT, DAY, STATEMENT);
        tamper(file, bytes);
        expect(await refusal(archive, file)).toBe('not_found');
        expect(await archive.keep(MERCHANT, DAY, STATEMENT)).toEqual(file);
        expect((await contentOf(await archive.read(file))).equals(STATEMENT)).toBe(true);
      })(),
    );

    it(
      'removes a file of one merchant and day, and no other, and does not mind one that is gone',
      onArchive(async ({ archive, names }) => {
        const file = await archive.keep(MERCHANT, DAY, STATEMENT);
        const others = await Promise.all([
          archive.keep(MERCHANT, daysLater(DAY, 1), STATEMENT),
          archive.keep(otherMerchant(), DAY, STATEMENT),
        ]);
        await archive.forget(MERCHANT, DAY, file);
        expect(await refusal(archive, file)).toBe('not_found');
        await archive.forget(MERCHANT, DAY, file);
        await archive.forget(MERCHANT, daysLater(DAY, -9), null);
        expect(names()).toHaveLength(2);
        for (const other of others)
          expect(await contentOf(await archive.read(other))).toHaveLength(other.bytes);
      }),
    );

    it(
      'has nothing of a file whose keeping was broken off, and takes it the next time',
      onArchive(async ({ archive, breakOff, names }) => {
        const fix = breakOff([MERCHANT, DAY, STATEMENT]);
        expect(await rejectionOf(() => archive.keep(MERCHANT, DAY, STATEMENT))).toBe('unavailable');
        fix();
        expect(names()).toEqual([]);
        const file = await archive.keep(MERCHANT, DAY, STATEMENT);
        expect(names()).toHaveLength(1);
        expect((await contentOf(await archive.read(file))).equals(STATEMENT)).toBe(true);
      }),
    );
  });
}

function otherMerchant(): SubMchId {
  const other = '1900000208';
  if (!isSubMchId(other)) throw new TypeError('not a merchant number');
  return other;
}
