import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import files from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fingerprintOf, pathOf } from '../../lib/archive/archived-file';
import { openDiskArchive } from '../../lib/archive/disk/archive';
import { dayOf } from '../../lib/values/day';
import { MERCHANT, START } from '../store/builders';
import { describeArchive, refusal, rejectionOf, STATEMENT } from './conformance';
import { nodeRuns } from '../compiled/compiled';

const DAY = dayOf(START);
const bytes = Buffer.from('half a statement');

/** A folder of a case's own, not yet there, in one that is removed afterwards. */
async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const parent = mkdtempSync(join(tmpdir(), 'wxpay-inbox-archive-'));
  try {
    await run(join(parent, 'data', 'statements'));
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

/** Every file below a folder, by its path in it. */
function namesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
}

describeArchive('A folder', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'wxpay-inbox-archive-'));
  const folder = join(parent, 'statements');
  return {
    archive: openDiskArchive(folder),
    reopened: () => openDiskArchive(folder),
    names: () => namesIn(folder),
    tamper: ({ location }, content) => {
      if (content === null) rmSync(join(folder, location));
      else writeFileSync(join(folder, location), content);
    },
    // No file can take the name of a folder.
    breakOff: ([subMchId, day, content]) => {
      const taken = join(folder, pathOf(subMchId, day, content, fingerprintOf(content)), 'taken');
      mkdirSync(taken, { recursive: true });
      return () => rmSync(dirname(taken), { recursive: true });
    },
    close: async () => rmSync(parent, { recursive: true, force: true }),
  };
});

describe('A folder as an archive', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('has nothing of what a killed process was writing, and is clean when it is next opened', () =>
    inFolder(async (folder) => {
      const script = join(__dirname, 'fixtures', 'killed-at-rename.ts');
      const child = spawn(process.execPath, [...nodeRuns(script), folder], { stdio: 'inherit' });
      expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
      expect(namesIn(folder)).toEqual([expect.stringMatching(/\.tmp$/)]);
      const location = pathOf(MERCHANT, DAY, bytes, fingerprintOf(bytes));
      const archive = openDiskArchive(folder);
      expect(namesIn(folder)).toEqual([]);
      expect(await refusal(archive, { location, ...fingerprintOf(bytes) })).toBe('not_found');
      const file = await archive.keep(MERCHANT, DAY, bytes);
      expect(namesIn(folder)).toEqual([file.location]);
    }));

  it('forces the bytes to the disk before they get their name, and the name before it says so', () =>
    inFolder(async (folder) => {
      const archive = openDiskArchive(folder);
      const steps: string[] = [];
      const { open, rename } = files;
      jest.spyOn(files, 'open').mockImplementation(async (path, ...rest) => {
        const handle = await open(path, ...rest);
        const sync = handle.sync.bind(handle);
        jest.spyOn(handle, 'sync').mockImplementation(async () => {
          await sync();
          steps.push(/\.tmp$/.test(String(path)) ? 'bytes' : String(path));
        });
        return handle;
      });
      jest.spyOn(files, 'rename').mockImplementation(async (from, to) => {
        await rename(from, to);
        steps.push('name');
      });
      await archive.keep(MERCHANT, DAY, bytes);
      expect(steps).toEqual(['bytes', 'name', join(folder, MERCHANT), folder, dirname(folder)]);
    }));

  it('lets nobody but its owner read a statement', () =>
    inFolder(async (folder) => {
      const { location } = await openDiskArchive(folder).keep(MERCHANT, DAY, STATEMENT);
      expect(statSync(join(folder, location)).mode & 0o777).toBe(0o600);
    }));

  it.each(['../secret.csv', '/etc/passwd', `${MERCHANT}/../../secret`, ''])(
    'opens nothing outside itself: %s',
    (location) =>
      inFolder(async (folder) => {
        const archive = openDiskArchive(folder);
        writeFileSync(join(folder, '..', 'secret.csv'), bytes);
        expect(await refusal(archive, { location, ...fingerprintOf(bytes) })).toBe('not_found');
      }),
  );

  it('says what is wrong with the disk without the path of the folder', () =>
    inFolder(async (folder) => {
      const archive = openDiskArchive(folder);
      writeFileSync(join(folder, MERCHANT), 'a file where a folder belongs');
      const keeping = () => archive.keep(MERCHANT, DAY, bytes);
      expect(await rejectionOf(keeping)).toBe('unavailable');
      await expect(keeping()).rejects.toThrow(/could not be kept \((EEXIST|ENOTDIR)\)/);
      await expect(keeping()).rejects.not.toThrow(folder);
    }));

  it('removes all of a day, refused downloads and unfinished files with it', () =>
    inFolder(async (folder) => {
      const archive = openDiskArchive(folder);
      const file = await archive.keep(MERCHANT, DAY, bytes);
      await archive.keep(MERCHANT, DAY, STATEMENT);
      writeFileSync(join(folder, `${file.location}.tmp`), 'half');
      await archive.forget(MERCHANT, DAY, null);
      expect(namesIn(folder)).toEqual([]);
    }));

  it('says so when a file cannot be removed', () =>
    inFolder(async (folder) => {
      const archive = openDiskArchive(folder);
      // Nobody removes a folder by removing a file.
      mkdirSync(join(folder, MERCHANT, `${DAY}-folder`, 'full'), { recursive: true });
      expect(await rejectionOf(() => archive.forget(MERCHANT, DAY, null))).toBe('unavailable');
    }));

  it('holds no more than a piece of a file at a time', () =>
    inFolder(async (folder) => {
      const archive = openDiskArchive(folder);
      const file = await archive.keep(MERCHANT, DAY, STATEMENT);
      const sizes: number[] = [];
      for await (const piece of await archive.read(file)) sizes.push(piece.length);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * 1024);
      expect(sizes.length).toBeGreaterThan(3);
    }));
});
