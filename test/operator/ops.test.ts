import { spawn } from 'node:child_process';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { readArguments } from '../../operator/arguments';
import { addressOf, openClient } from '../../operator/client';
import { command } from '../../operator/command';
import { printable, table } from '../../operator/table';
import { isOutTradeNo } from '../../lib/values/ids';
import { setPause } from '../../lib/store/pauses';
import { later } from '../../lib/values/instant';
import { rememberedLog } from '../inbox/stage';
import { discrepancy, message, PAYER, START } from '../store/builders';
import type { Running } from '../server/running';
import { inFolder, onServer } from '../server/running';
import { nodeRuns } from '../compiled/compiled';

const ACT = 'the-token-of-who-may-act';
const READ = 'the-token-of-who-may-look';

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in this process. */
async function ops(args: readonly string[], env: Record<string, string> = {}, input = ''): Promise<Ended> {
  const [output, errors] = [new PassThrough(), new PassThrough()];
  const code = await command(args, { environment: env, input: Readable.from([input]), output, errors });
  output.end();
  errors.end();
  return { code, out: await text(output), err: await text(errors) };
}

/** Runs the command as a process of its own, which ends with what this resolves with. */
function opsAsProcess(args: readonly string[], env: Record<string, string>): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...nodeRuns('operator/main.ts'), ...args], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (code) => {
      resolve({ code, out, err });
    });
    child.stdin.end();
  });
}

const guarded = (run: (server: Running) => Promise<void>) => () =>
  inFolder((folder) => onServer(folder, run, ACT, undefined, READ));

/** The server's own worker asks about no order before this. */
const NEVER = later(START, 100 * 365 * 86_400_000);

/** Three dead messages that an operator dismissed, a second apart. */
async function dismissed({ system }: Running): Promise<readonly string[]> {
  const { inbox } = system.store;
  const all = [1, 2, 3].map((n) => message(n, { receivedAt: later(START, n * 1_000) }));
  for (const one of all) await inbox.record(one);
  const keys = all.map(({ key }) => key);
  await inbox.dismiss(keys, 'a test', 'to bring them back', later(START, 60_000));
  return keys;
}

/** Two cases start a process, on a busy machine. */
const SLOW_MS = 90_000;

jest.setTimeout(SLOW_MS);

describe('the command against a running server', () => {
  it(
    'writes nothing that a terminal obeys, whatever was sent',
    guarded(async (server) => {
      const poison = '\u001b[2J\u009b31m\u202e\u2066\u200f\u0007';
      const dead = message(1, { raw: JSON.stringify({ attach: poison }) + poison });
      await server.system.store.inbox.record(dead);
      await server.system.store.inbox.dismiss([dead.key], `who${poison}`, `why${poison}`, dead.receivedAt);
      const env = { OPS_TOKEN: READ, OPS_URL: server.url };
      const ended = await Promise.all([
        ops(['show', dead.key], env),
        ops(['show', dead.key, '--json'], env),
        ops(['list', 'messages'], env),
        ops(['show', `nothing${poison}`], env),
        ops([`verb${poison}`], env),
      ]);
      for (const { out, err } of ended) {
        expect(out + err).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
      }
      const [shown, json] = ended;
      expect(shown.out).toContain('·[2J·31m');
      expect(JSON.stringify(JSON.parse(json.out))).toContain('\u202e');
    }),
  );

  it(
    'shows how things stand, lists, finds and shows, to anybody with the right to read',
    guarded(async (server) => {
      const [key = ''] = await dismissed(server);
      const outTradeNo = await server.order('request-0001');
      if (!isOutTradeNo(outTradeNo)) throw new Error(`no order number: ${outTradeNo}`);
      const heard = { at: START, said: 'unknown:transport' };
      await server.system.store.orders.askAgainAt([outTradeNo], NEVER, heard);
      const env = { OPS_TOKEN: READ, OPS_URL: server.url };
      const of = { kind: 'worker', name: 'watchdog' } as const;
      const pause = { of, since: START, who: 'li', reason: 'the robots are quiet', until: null };
      const { store } = server.system;
      await setPause({ store, clock: { now: () => START }, log: rememberedLog() }, pause);
      const [overview, dead, orders, found, shown, story, nobody, json] = await Promise.all([
        ops(['overview'], env),
        ops(['list', 'messages', '--limit', '2'], env),
        ops(['list', 'orders', '--lang', 'zh'], env),
        ops(['search', outTradeNo], env),
        ops(['show', outTradeNo], env),
        ops(['show', key], env),
        ops(['show', 'no-such-order'], env),
        ops(['list', 'messages', '--from', '2026-03-01 12:00:02', '--json'], env),
      ]);
      for (const one of [overview, dead, orders, found, shown, story, json])
        expect([one.code, one.err]).toEqual([0, '']);
      // What an operator dismissed is dealt with, and counts as dead no longer.
      expect(overview.out).toMatch(/messages dead +0/);
      expect(overview.out).toMatch(/orders pending +1/);
      expect(overview.out).toMatch(/watchdog +li +the robots are quiet/);
      expect(dead.out.split('\n').filter((line) => line.startsWith('payment:'))).toHaveLength(2);
      expect(dead.out).toContain('--after');
      expect(orders.out).toContain('付款');
      expect(orders.out).toContain(outTradeNo);
      expect(found.out).toMatch(new RegExp(`order +${outTradeNo}`));
      expect(shown.out).toContain('58.00');
      expect(shown.out).not.toContain(PAYER);
      expect(shown.out).toMatch(/last answer +at *\nunknown:transport +2026-03-01 12:00:00/);
      expect(story.out).toContain('to bring them back');
      expect([nobody.code, nobody.out]).toEqual([1, 'there is no such item\n']);
      expect(JSON.parse(json.out)).toMatchObject({
        ok: true,
        items: [{ key: message(3).key }, { key: message(2).key }],
      });
    }),
  );

  it(
    'acts, item by item, and says what was refused',
    guarded(async (server) => {
      const keys = await dismissed(server);
      const [first = '', second = ''] = keys;
      const env = { OPS_TOKEN: ACT, OPS_URL: server.url };
      const mixed = await ops(['replay', first, 'payment:nobody:knows'], env);
      expect(mixed.code).toBe(1);
      expect(mixed.out).toMatch(/payment:nobody:knows +NOT_FOUND/);
      expect(mixed.out).toContain('done: 1, refused: 1');
      const looking = await ops(['replay', second], { ...env, OPS_TOKEN: READ });
      expect([looking.code, looking.out.split(':')[0]]).toEqual([1, 'READ_ONLY']);
      const piped = await ops(['replay', '-', '--json'], env, `${second}\n\n`);
      const changed = { action: 'replay_message', message: { before: 'dead', after: 'pending' } };
      expect(JSON.parse(piped.out)).toEqual({ ok: true, results: [{ name: second, ok: true, changed }] });
    }),
  );

  it(
    'replays by filter, resolves with a reason, and does neither unasked',
    guarded(async (server) => {
      await dismissed(server);
      const { store } = server.system;
      const one = discrepancy(1, START);
      await store.discrepancies.see([one]);
      const env = { OPS_TOKEN: ACT, OPS_URL: server.url };
      const filter = ['replay', '--reason', 'operator', '--to', '2026-03-01 12:00:03', '--why', 'fixed'];
      const unasked = await ops(filter, env);
      expect(unasked.code).toBe(2);
      expect(unasked.err).toContain('--yes');
      expect((await store.inbox.find(message(1).key))?.state).toBe('dead');
      const replayed = await ops([...filter, '--yes'], env);
      expect([replayed.code, replayed.out]).toEqual([0, 'replayed: 2\n']);
      expect((await store.inbox.find(message(3).key))?.state).toBe('dead');

      const silent = await ops(['resolve', one.id, '--yes'], env);
      expect([silent.code, silent.out.split(':')[0]]).toEqual([1, 'BAD_INPUT']);
      const resolved = await ops(
        ['resolve', one.id, '--why', 'agreed by phone', '--yes', '--lang', 'zh'],
        env,
      );
      expect([resolved.code, resolved.out.split('\n').at(-2)]).toEqual([0, '完成 1，拒绝 0']);
      expect((await store.discrepancies.find(one.id))?.resolution).toMatchObject({
        reason: 'agreed by phone',
      });
    }),
  );

  it(
    'tells a stranger nothing, and has no place for a token among its arguments',
    guarded(async ({ url }) => {
      const [stranger, wrong, spoken] = await Promise.all([
        ops(['overview', '--url', url]),
        ops(['list', 'orders', '--url', url], { OPS_TOKEN: 'another-token-of-this-length' }),
        ops(['overview', '--url', url, '--token', ACT]),
      ]);
      for (const one of [stranger, wrong])
        expect([one.code, one.out.split(':')[0]]).toEqual([1, 'NOT_ALLOWED']);
      expect(spoken.code).toBe(2);
    }),
  );

  it(
    'tells how the workers stand, and says that no robot is named',
    guarded(async ({ url }) => {
      const env = { OPS_TOKEN: ACT, OPS_URL: url };
      const [workers, robots] = await Promise.all([ops(['workers'], env), ops(['test-robots'], env)]);
      expect([workers.code, workers.err]).toEqual([0, '']);
      expect(workers.out).toMatch(/fulfillOrders/);
      expect([robots.code, robots.out]).toEqual([1, 'nothing\n']);
    }),
  );

  it(
    'asks the doctor',
    guarded(async ({ url }) => {
      const { out, code } = await opsAsProcess(['doctor', '--json'], { OPS_TOKEN: READ, OPS_URL: url });
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ ok: true });
      expect(out).toContain('"indexes"');
    }),
  );

  it('says in one sentence that nobody answers', async () => {
    const { code, err } = await opsAsProcess(['overview', '--url', 'http://127.0.0.1:1'], {});
    expect([code, err.trim().split('\n')]).toEqual([2, [expect.stringContaining('did not answer')]]);
  });
});

describe('its arguments', () => {
  const read = (...args: string[]) => readArguments(args, {});
  it.each([
    [['']],
    [['dance']],
    [['list']],
    [['list', 'payers']],
    [['list', 'orders', 'more']],
    [['list', 'orders', '--state', 'paid']],
    [['list', 'messages', '--from', 'yesterday']],
    [['list', 'messages', '--from', '2026-02-30']],
    [['list', 'messages', '--limit', '-1']],
    [['show']],
    [['search', 'a', 'b']],
    [['dismiss']],
    [['replay']],
    [['replay', 'a', '--from', '2026-03-01']],
    [['ask', 'a', '--amount', '1']],
    [['overview', '--why', 'x']],
    [['take', 'everything']],
    [['mute', 'dead_letters', '--why', 'x']],
    [['unmute', 'dead_letters', '--why', 'x']],
    [['refund', 'a', '--amount', '1.5']],
    [['refund', 'a', '--amount', '5800', '--request-id', 'request-1']],
  ])('%j are not understood', (args) => {
    expect(() => read(...args)).toThrow();
  });

  it('name an issue and what is said of it, and orders by amount, payer or time', () => {
    expect(read('give-back', 'dead_letters').command).toEqual({
      kind: 'issue',
      params: { cause: 'dead_letters', step: 'give_back' },
    });
    const mute = ['mute', 'backlog', '--until', '2026-03-01 12:00', '--why', 'a sale'];
    expect(read(...mute).command).toEqual({
      kind: 'issue',
      params: { cause: 'backlog', step: 'mute', until: START, reason: 'a sale' },
    });
    expect(read('list', 'orders', '--amount', '58.00').command).toMatchObject({ params: { amount: 5_800 } });
    expect(read('list', 'orders', '--sort', 'oldest', '--from', '2026-03-01 12:00').command).toMatchObject({
      params: { sort: 'oldest', from: START },
    });
  });

  it('take a time of Beijing, or one with a zone', () => {
    const from = (text: string) => read('list', 'messages', '--from', text).command;
    const at = { kind: 'list', list: 'messages', params: { state: 'dead', from: START } };
    for (const text of [
      '2026-03-01 12:00',
      '2026-03-01T12:00:00',
      '2026-03-01T04:00:00Z',
      '2026-03-01T12:00+08:00',
    ])
      expect(from(text)).toEqual(at);
  });
});

describe('the address', () => {
  it.each([
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000/ops/api/overview'],
    ['http://127.0.0.1:3000/', 'http://127.0.0.1:3000/ops/api/overview'],
    ['https://env.app.tcloudbase.com/ops', 'https://env.app.tcloudbase.com/ops/api/overview'],
    ['https://env.app.tcloudbase.com/pay/ops/', 'https://env.app.tcloudbase.com/pay/ops/api/overview'],
  ])('%s is asked at %s', (url, address) => {
    expect(addressOf(url, 'overview')).toBe(address);
  });

  it('never gets a token over a connection that others can read', () => {
    expect(() => openClient('http://ops.example.com', ACT)).toThrow('https');
    expect(() => openClient('http://[::1]:3000', ACT)).not.toThrow();
    expect(() => openClient('ftp://ops.example.com', ACT)).toThrow('http');
    expect(() => openClient('ops.example.com', ACT)).toThrow('address');
  });
});

describe('a table', () => {
  it('keeps its columns under Chinese heads, and lets no text move the cursor', () => {
    expect(printable('a\u001b[2Jb\n\u202ec')).toBe('a·[2Jb··c');
    expect(
      table(
        ['付款', 'x'],
        [
          ['a', '1'],
          ['bcdef', '2'],
        ],
      ),
    ).toBe('付款   x\na      1\nbcdef  2\n');
    // An emoji takes two columns, a combining mark none.
    expect(table(['🍵🍵', 'x'], [['cafe\u0301', '1']])).toBe('🍵🍵  x\ncafe\u0301  1\n');
  });
});
