import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../../lib/config/config';
import { operatorsOf } from '../../../lib/config/operators';
import type { Operator } from '../../../lib/model/operators/operator';
import { sha256Of } from '../../../lib/ops/people/tokens';
import { isRecord } from '../../../lib/values/json';
import { instant, later } from '../../../lib/values/instant';
import { followPeople } from '../../../server/operators/people';
import type { RunningServer } from '../../../server/start';
import { startServer } from '../../../server/start';
import { rememberedLog } from '../../inbox/stage';
import { putNewStore } from '../../store/sqlite/harness';
import { inFolder } from '../running';

const LI_OLD = 'li-old-token-of-43-random-characters-0000001';
const LI_NEW = 'li-new-token-of-43-random-characters-0000002';
const HAN = 'han-token-of-43-random-characters-000000003';
const OPS = 'ops-token-of-43-random-characters-000000004';

interface Answered {
  readonly status: number;
  readonly cookie: string;
  readonly body: Readonly<Record<string, unknown>>;
}

async function post(url: string, path: string, body: object, headers = {}): Promise<Answered> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const json: unknown = await response.json();
  const [cookie = ''] = (response.headers.get('set-cookie') ?? '').split(';');
  return { status: response.status, cookie, body: isRecord(json) ? json : {} };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const NOW = instant(Date.parse('2026-03-02T10:00:00+08:00'));

function people(of: { readonly revoked?: readonly string[] } = {}): readonly Operator[] {
  const one = (name: string, role: 'act' | 'accountant', tokens: readonly object[]) => ({
    name,
    role,
    tokens,
    revoked: of.revoked?.includes(name) ?? false,
  });
  const overlap = { from: '2026-03-02T09:00:00+08:00', until: '2026-03-02T11:00:00+08:00' };
  const operators = [
    one('li', 'act', [
      { sha256: sha256Of(LI_OLD), until: overlap.until },
      { sha256: sha256Of(LI_NEW), from: overlap.from },
    ]),
    one('han', 'accountant', [{ sha256: sha256Of(HAN) }]),
  ];
  const config = readConfig({ merchants: [{ subMchId: '1900000109' }], ops: { operators } });
  return config.ops.people;
}

test('named operators: rotation, roles, idle time, revocation at the next request, a sign-in log', () =>
  inFolder(async (dataDir) => {
    putNewStore(join(dataDir, 'inbox.db'));
    const time = { now: NOW };
    let named = people();
    const server: RunningServer = await startServer({
      config: readConfig({
        merchants: [{ subMchId: '1900000109' }],
        simulator: { speed: 10_000 },
        log: { level: 'silent' },
      }),
      settings: { host: '127.0.0.1', port: 0, dataDir, opsToken: OPS, readToken: null },
      log: rememberedLog(),
      clock: { now: () => time.now },
      people: () => named,
    });
    const { url } = server;
    const you = async (headers: object) => {
      const { status, body } = await post(url, '/ops/api/overview', {}, headers);
      return status === 200 ? body['you'] : status;
    };
    try {
      // Both tokens of a rotation let li in, until the old one ends; OPS_TOKEN is an operator too.
      expect(await you(bearer(LI_OLD))).toEqual({ name: 'li', role: 'act' });
      expect(await you(bearer(LI_NEW))).toEqual({ name: 'li', role: 'act' });
      expect(await you(bearer(OPS))).toEqual({ name: 'operator', role: 'act' });
      const old = await post(url, '/ops/session/begin', { token: LI_OLD });
      const li = await post(url, '/ops/session/begin', { token: LI_NEW });
      const han = await post(url, '/ops/session/begin', { token: HAN });

      // An accountant looks, but moves no money and starts no worker.
      const refund = { action: 'refund_order', names: ['order-1'], reason: 'broken' };
      const refused = await post(url, '/ops/api/act', refund, { cookie: han.cookie });
      expect([refused.status, refused.body['code']]).toEqual([403, 'NOT_PERMITTED']);
      expect((await post(url, '/workers/processInbox', {}, { cookie: han.cookie })).status).toBe(403);

      time.now = later(time.now, 29 * 60_000);
      expect(await you({ cookie: li.cookie })).toMatchObject({ name: 'li' });
      // A page that only refreshes itself does not keep a session alive.
      expect(await you({ cookie: han.cookie, 'x-unattended': '1' })).toMatchObject({ name: 'han' });
      time.now = later(time.now, 2 * 60_000);
      expect(await you({ cookie: han.cookie })).toBe(401);
      expect(await you({ cookie: li.cookie })).toMatchObject({ name: 'li' });

      // The old token ends with its time, and so does the session it began.
      time.now = instant(Date.parse('2026-03-02T11:00:00+08:00'));
      expect(await you(bearer(LI_OLD))).toBe(401);
      expect(await you({ cookie: old.cookie })).toBe(401);
      expect(await you({ cookie: li.cookie })).toMatchObject({ name: 'li' });

      named = people({ revoked: ['li'] });
      expect(await you({ cookie: li.cookie })).toBe(401);
      expect(await you(bearer(LI_NEW))).toBe(401);
      expect(await you(bearer(OPS))).toMatchObject({ name: 'operator' });

      const asked = { subject: 'sign-ins', limit: 50 };
      const log = await post(url, '/ops/api/list_audit', asked, bearer(OPS));
      const items = Array.isArray(log.body['items']) ? log.body['items'].filter(isRecord) : [];
      const counted = new Map<string, number>();
      for (const { action, who } of items) {
        const key = `${String(action)} ${String(who)}`;
        counted.set(key, (counted.get(key) ?? 0) + 1);
      }
      expect(Object.fromEntries(counted)).toEqual({
        'sign_in li': 1,
        'sign_in han': 1,
        'sign_in operator': 2,
        'session_expired han': 1,
        'session_expired li': 2,
        'sign_in_refused nobody': 2,
      });
      expect(JSON.stringify(items)).not.toMatch(/127\.0\.0\.1|token-of/);
      expect(JSON.stringify(items)).toContain('127.0.0.***');
      const forHan = await post(url, '/ops/api/list_audit', asked, bearer(HAN));
      expect([forHan.status, forHan.body['code']]).toEqual([403, 'NOT_PERMITTED']);
      const all = await post(url, '/ops/api/list_audit', {}, bearer(HAN));
      expect(JSON.stringify(all.body)).not.toContain('sign_in');
    } finally {
      await server.stop();
    }
  }));

test('the first token of a running server closes it to everybody without one, and it stays closed', () =>
  inFolder(async (dataDir) => {
    putNewStore(join(dataDir, 'inbox.db'));
    let named: readonly Operator[] = [];
    const server = await startServer({
      config: readConfig({ merchants: [{ subMchId: '1900000109' }], log: { level: 'silent' } }),
      settings: { host: '127.0.0.1', port: 0, dataDir, opsToken: null, readToken: null },
      log: rememberedLog(),
      clock: { now: () => NOW },
      people: () => named,
    });
    const overview = async (headers = {}) =>
      (await post(server.url, '/ops/api/overview', {}, headers)).status;
    const asPayer = async () => {
      const headers = { 'x-wx-openid': 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' };
      return (await post(server.url, '/functions/queryOrder', { outTradeNo: 'NOBODYS-0001' }, headers)).body;
    };
    try {
      expect(await overview()).toBe(200);
      const trusted = await asPayer();
      named = people();
      expect(await overview()).toBe(401);
      expect(await overview(bearer(LI_NEW))).toBe(200);
      expect(await asPayer()).not.toEqual(trusted);
      named = [];
      expect(await overview()).toBe(401);
    } finally {
      await server.stop();
    }
  }));

test('a hash, a name and an OPENID belong to one operator, and some names are taken', () => {
  const sha256 = sha256Of(HAN);
  const config = (operators: readonly (object | string)[]) => () =>
    readConfig({ merchants: [{ subMchId: '1900000109' }], ops: { operators } });
  const li = { name: 'li', role: 'act', tokens: [{ sha256 }] };
  expect(config([li, { ...li, name: 'han' }])).toThrow(/the token hash [0-9a-f]{8}… belongs to two/);
  expect(config([li, { name: 'li', role: 'read' }])).toThrow(/the name li belongs to two/);
  expect(config([{ ...li, name: 'operator' }])).toThrow(/another name/);
  expect(config([{ ...li, tokens: [{ sha256: HAN }] }])).toThrow(/64 hexadecimal/);
  const openId = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o';
  expect(config([{ ...li, openIds: [openId] }, openId])).toThrow(/the OPENID oUp\*\*\*S6o belongs to two/);
  expect(operatorsOf({ operators: [openId], readers: [] })).toMatchObject([
    { name: 'oUp***S6o', role: 'act', openIds: [openId] },
  ]);
});

test('revoking somebody in config.json takes effect without a restart; a file that is half written does not', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'config.json');
    const write = (text: string, n: number) => {
      writeFileSync(path, text);
      utimesSync(path, n, n);
    };
    const written = (revoked: boolean) =>
      JSON.stringify({
        merchants: [{ subMchId: '1900000109' }],
        ops: { operators: [{ name: 'li', role: 'act', tokens: [{ sha256: sha256Of(HAN) }], revoked }] },
      });
    const read = () => readConfig(JSON.parse(readFileSync(path, 'utf8')));
    write(written(false), 1);
    const log = rememberedLog();
    const env = { OPS_OPERATORS: JSON.stringify([{ name: 'mei', role: 'read' }]) };
    let at = NOW;
    const clock = { now: () => at };
    const now = followPeople({ path, read, first: read(), env, log, clock });
    const asked = () => now().map(({ name, revoked }) => `${name} ${revoked ? 'revoked' : 'in'}`);
    const standing = () => {
      at = later(at, 1_000);
      return asked();
    };
    expect(standing()).toEqual(['li in', 'mei in']);
    write(written(true).slice(0, 40), 2);
    // The file is looked at once a second.
    expect(asked()).toEqual(['li in', 'mei in']);
    expect(log.lines).toEqual([]);
    expect(standing()).toEqual(['li in', 'mei in']);
    write(written(true), 3);
    expect(standing()).toEqual(['li revoked', 'mei in']);
    expect(log.lines.map(({ event }) => event)).toEqual(['operators_not_read', 'operators_read']);
    const broken = { OPS_OPERATORS: '[{"name":"li","role":"act"}]' };
    expect(() => followPeople({ path, read, first: read(), env: broken, log, clock })).toThrow(/the name li/);
    const same = { OPS_TOKEN: HAN };
    expect(() => followPeople({ path, read, first: read(), env: same, log, clock })).toThrow(
      /was the token of/,
    );
  }));
