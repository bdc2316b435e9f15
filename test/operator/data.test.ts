import {
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { openDiskArchive } from '../../lib/archive/disk/archive';
import { isRecord } from '../../lib/values/json';
import { isOutTradeNo } from '../../lib/values/ids';
import { runDataVerb } from '../../operator/data/command';
import { openData } from '../../server/data/data';
import { keepLowWaterMark } from '../../server/data/low-water';
import { rememberedLog } from '../inbox/stage';
import { notificationFor } from '../inbox/notifications';
import { day, MERCHANT, message, order, PAYER, START } from '../store/builders';
import { inFolder, onServer, type Running } from '../server/running';
import { checkLowWaterMark } from '../../server/data/check-data';

/*
 * What an operator does with a server's files: back them up while it runs, restore them, and accept
 * a loss.
 */

/** A text that contains this. */
const containing = (text: string): unknown => expect.stringContaining(text);

/** A text that matches this. */
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

const command = (dataDir: string, ...args: string[]) =>
  runDataVerb([...args, '--lang', 'en'], {
    environment: { DATA_DIR: dataDir },
    now: () => START,
    confirm: () => Promise.resolve(false),
  });

const accept = (dataDir: string, ...more: string[]) =>
  command(dataDir, 'accept-loss', '--why', 'the disk broke', '--yes', ...more);

/** Opens the folder as a server does and runs a case on it. */
async function opened(
  dataDir: string,
  run: (data: ReturnType<typeof openData>) => Promise<void>,
): Promise<void> {
  const data = openData(dataDir, 'here', START);
  try {
    await run(data);
  } finally {
    data.close();
  }
}

/** Makes these messages durable, and writes the mark as a server does when it stops. */
const store = (dataDir: string, ...numbers: readonly number[]) =>
  opened(dataDir, async ({ store: { inbox, standings }, names }) => {
    const timers = { after: () => () => undefined };
    const keeper = keepLowWaterMark({ file: names.mark, standings, timers, log: rememberedLog() });
    for (const n of numbers) await inbox.record(message(n));
    await keeper.stop();
  });

const has = async (dataDir: string, ...numbers: readonly number[]): Promise<readonly boolean[]> => {
  const found: boolean[] = [];
  await opened(dataDir, async ({ store: { inbox } }) => {
    for (const n of numbers) found.push((await inbox.find(message(n).key)) !== null);
  });
  return found;
};

const archiveOf = (dataDir: string) => openDiskArchive(join(dataDir, 'statements'));

const isPrivate = (file: string) => (statSync(file).mode & 0o777).toString(8);

/** Makes an order, notifies of it and answers its number once that is acknowledged. */
async function acknowledged(server: Running, n: number): Promise<string> {
  const outTradeNo = await server.order(`request-backup-${n}`);
  const event = { ...notificationFor(order(1)), outTradeNo, totalFee: 5800, cashFee: 5800 };
  const transactionId = `4200${Buffer.from(outTradeNo).toString('hex').slice(-28)}`;
  const { body } = await server.send(
    'POST',
    '/callback/pay',
    { ...event, transactionId },
    { 'x-wx-source': 'wx_paycallback' },
  );
  expect(body).toMatchObject({ errcode: 0 });
  return outTradeNo;
}

test('a backup made under load has everything that was acknowledged before it; restored, it is refused until its loss is accepted, and starts', () =>
  inFolder(async (folder) => {
    const dataDir = join(folder, 'data');
    const file = join(folder, 'backup.db');
    const before: string[] = [];
    const statement = Buffer.from('a statement');
    await onServer(dataDir, async (server) => {
      for (let n = 0; n < 20; n += 1) before.push(await acknowledged(server, n));
      const archived = await archiveOf(dataDir).keep(MERCHANT, day(), statement);
      const load = Promise.all(Array.from({ length: 20 }, (_, n) => acknowledged(server, 100 + n)));
      const { code, output } = await command(dataDir, 'backup', file, '--json');
      const report: unknown = JSON.parse(output);
      expect({ code, report }).toMatchObject({ code: 0, report: { ok: true, file, statementFiles: 1 } });
      await load;
      expect(readFileSync(join(`${file}.statements`, archived.location))).toEqual(statement);
    });
    expect([isPrivate(file), isPrivate(`${file}.statements`)]).toEqual(['600', '700']);
    expect(readdirSync(folder).sort()).toEqual(['backup.db', 'backup.db.statements', 'data']);

    const restored = join(folder, 'restored');
    cpSync(join(`${file}.statements`), join(restored, 'statements'), { recursive: true });
    copyFileSync(file, join(restored, 'inbox.db'));
    expect(() => openData(restored, 'here', START)).toThrow(/is a backup: .* accept-loss/);
    expect((await accept(restored)).code).toBe(0);
    await onServer(restored, async (server) => {
      const found = await server.system.store.orders.find(before.filter(isOutTradeNo));
      expect(found).toHaveLength(before.length);
      for (const number of before.filter(isOutTradeNo))
        expect(await server.system.store.inbox.ofOrder(number)).toHaveLength(1);
      await server.system.probe.probe();
      expect((await server.send('GET', '/healthz')).status).toBe(200);
    });
  }));

test('a backup replaces nothing that is there, and leaves nothing behind when it fails', () =>
  inFolder(async (folder) => {
    const dataDir = join(folder, 'data');
    await store(dataDir, 1);
    const file = join(folder, 'backup.db');
    writeFileSync(file, 'precious');
    expect(await command(dataDir, 'backup', file)).toMatchObject({
      code: 1,
      output: containing('exists and was not changed'),
    });
    expect(readFileSync(file, 'utf8')).toBe('precious');
    expect(await command(dataDir, 'backup', join(folder, 'no', 'folder.db'))).toMatchObject({ code: 1 });
    expect(await command(join(folder, 'nowhere'), 'backup', join(folder, 'other.db'))).toMatchObject({
      code: 1,
    });
    expect(readdirSync(folder).sort()).toEqual(['backup.db', 'data']);
  }));

describe('data that has shrunk', () => {
  const aside = (folder: string) => join(folder, 'aside.db');
  const database = (folder: string) => join(folder, 'data', 'inbox.db');
  const mark = (folder: string) => join(folder, 'data', 'low-water.json');
  /** Puts another database in place of the one that is there, with no log. */
  const replace = (folder: string, file: string) => {
    for (const suffix of ['-wal', '-shm']) rmSync(`${database(folder)}${suffix}`, { force: true });
    copyFileSync(file, database(folder));
  };

  it.each([
    ['a database that is missing', (folder: string) => rmSync(database(folder)), /database is missing/],
    ['an older copy', (folder: string) => replace(folder, aside(folder)), /older than its low-water mark/],
    [
      'another database',
      async (folder: string) => {
        await store(join(folder, 'other'), 7);
        replace(folder, join(folder, 'other', 'inbox.db'));
      },
      /not the one that the low-water mark names/,
    ],
    [
      'an empty file',
      (folder: string) => {
        rmSync(database(folder));
        writeFileSync(database(folder), '');
      },
      /not the one/,
    ],
    ['a mark that is missing', (folder: string) => rmSync(mark(folder)), /low-water mark is missing/],
    [
      'a mark that is damaged',
      (folder: string) => writeFileSync(mark(folder), '{"version":1'),
      /cannot be read/,
    ],
  ] as const)(
    'is refused (%s) until an operator accepts the loss, who and why being recorded',
    (_what, spoil, why) =>
      inFolder(async (folder) => {
        const dataDir = join(folder, 'data');
        await store(dataDir, 1);
        copyFileSync(database(folder), aside(folder));
        await store(dataDir, 2);
        expect(await has(dataDir, 1, 2)).toEqual([true, true]);
        for (const suffix of ['-wal', '-shm']) rmSync(`${database(folder)}${suffix}`, { force: true });
        await spoil(folder);
        for (let attempt = 0; attempt < 2; attempt += 1) {
          expect(() => openData(dataDir, 'here', START)).toThrow(why);
          expect(() => openData(dataDir, 'here', START)).toThrow(/npm run ops -- accept-loss/);
        }
        // The doctor says so before a start does.
        expect(checkLowWaterMark(dataDir, START)).toMatchObject({
          level: 'error',
          what: matching(why),
          fix: containing('accept-loss'),
        });
        expect(await command(dataDir, 'accept-loss', '--why', 'no')).toMatchObject({ code: 1 });
        expect(() => openData(dataDir, 'here', START)).toThrow(why);
        expect(await accept(dataDir)).toMatchObject({ code: 0, output: matching(why) });
        expect(checkLowWaterMark(dataDir, START)).toMatchObject({ level: 'ok' });
        await opened(dataDir, async ({ store: { audit } }) => {
          const { items } = await audit.list({ subject: null, after: null, limit: 10 });
          expect(items.map(({ action, outcome, reason }) => [action, outcome, reason]).sort()).toEqual([
            ['accept_loss', 'begun', 'the disk broke'],
            ['accept_loss', 'done', 'the disk broke'],
          ]);
        });
        expect(await accept(dataDir)).toMatchObject({
          code: 0,
          output: 'nothing is missing: nothing was changed\n',
        });
      }),
  );

  it('is not accepted while a server runs on it, nor without a reason', () =>
    inFolder(async (folder) => {
      await opened(folder, async () => {
        expect(await accept(folder)).toMatchObject({
          code: 1,
          output: containing('another server uses this data folder'),
        });
      });
      await expect(command(folder, 'accept-loss', '--yes')).rejects.toThrow(/--why/);
    }));
});

test('the mark follows what is acknowledged within 2 s, costs nothing while nothing changes, and is private', () =>
  inFolder((folder) =>
    opened(folder, async ({ store: { inbox, standings }, names }) => {
      const due: (() => void)[] = [];
      const timers = {
        after: (ms: number, then: () => void) => (expect(ms).toBe(2_000), due.push(then), () => undefined),
      };
      const keeper = keepLowWaterMark({ file: names.mark, standings, timers, log: rememberedLog() });
      const marked = () => {
        const value: unknown = existsSync(names.mark) ? JSON.parse(readFileSync(names.mark, 'utf8')) : null;
        return isRecord(value) ? value : null;
      };
      const turn = async () => {
        due.shift()?.();
        await keeper.write();
        await new Promise(setImmediate);
      };
      await inbox.record(message(1));
      expect(marked()).toMatchObject({ epoch: 0, message: null });
      await turn();
      expect(marked()).toMatchObject({ epoch: 1, message: { key: message(1).key } });
      await turn();
      expect(marked()).toMatchObject({ epoch: 1 });
      await inbox.record(message(2));
      await turn();
      expect(marked()).toMatchObject({ epoch: 2, message: { key: message(2).key } });
      expect(isPrivate(names.mark)).toBe('600');
      expect(JSON.stringify(marked())).not.toContain(PAYER);
    }),
  ));
