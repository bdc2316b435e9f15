import { isRecord } from '../../../lib/values/json';
import { request } from 'node:http';
import { message } from '../../store/builders';
import type { Reply, Running } from '../running';
import { inFolder, onServer } from '../running';

const ACT = 'the-token-of-who-may-act';
const READ = 'the-token-of-who-may-look';

const guarded = (run: (server: Running) => Promise<void>) =>
  inFolder((folder) => onServer(folder, run, ACT, undefined, READ));
const open = (run: (server: Running) => Promise<void>) => inFolder((folder) => onServer(folder, run));

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const ask = (
  { send }: Running,
  op: string,
  params: object,
  headers: Record<string, string> = {},
): Promise<Reply> =>
  send('POST', `/ops/api/${op}`, params, { 'content-type': 'application/json', ...headers });

/** A dead message: a payment whose order there never was, with nothing waited for. */
async function dismissed(server: Running): Promise<string> {
  const { inbox } = server.system.store;
  const dead = message(1);
  await inbox.record(dead);
  await inbox.dismiss([dead.key], 'a test', 'to bring it back', dead.receivedAt);
  return dead.key;
}

/** Sends a request with headers that `fetch` would not let through. */
function raw(server: Running, path: string, headers: Record<string, string>, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('without a token the operator’s part', () => {
  it.each(['/ops/api/overview', '/ops/api/act', '/workers/processInbox', '/simulator/pay', '/demo/replay'])(
    'of a guarded server answers nothing: %s',
    (path) =>
      guarded(async ({ send }) => {
        for (const headers of [
          {},
          bearer('something-else-as-long'),
          { cookie: 'wxpay_inbox_session=guess' },
        ]) {
          const reply = await send('POST', path, {}, headers);
          expect(reply.status).toBe(401);
          expect(Object.keys(reply.body).sort()).toEqual(['code', 'message', 'ok']);
        }
      }),
  );

  it('of a server that only this machine reaches is open to it', () =>
    open(async (server) => {
      expect((await ask(server, 'overview', {})).body).toMatchObject({
        ok: true,
        you: { name: 'this machine', role: 'act' },
      });
    }));

  it.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['no origin that can be read', { origin: 'null' }],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a name bent to this machine', { host: 'evil.example' }],
  ])('is closed to %s', (_, headers) =>
    open(async (server) => {
      const key = await dismissed(server);
      const body = JSON.stringify({ action: 'replay_message', names: [key] });
      expect(await raw(server, '/ops/api/act', headers, body)).toBe(401);
      expect(await raw(server, '/workers/processInbox', headers, '{}')).toBe(401);
      expect((await server.system.store.inbox.find(message(1).key))?.state).toBe('dead');
    }),
  );
});

/** What became of an operator's action by an entry of the audit log, and the state before. */
function outcomeOf(entry: unknown): string {
  const { action, outcome, who, subject, before } = isRecord(entry) ? entry : {};
  expect(who).toBe('operator');
  const state = isRecord(before) ? String(before['state']) : 'nothing';
  return `${String(action)} ${String(outcome)} ${isRecord(subject) ? String(subject['name']) : ''}: ${state}`;
}

describe('an operator', () => {
  it('who may look sees everything and changes nothing', () =>
    guarded(async (server) => {
      const key = await dismissed(server);
      const seen = await ask(server, 'list_messages', { state: 'dead' }, bearer(READ));
      expect(seen.body).toMatchObject({ ok: true, items: [{ key, actions: [] }] });
      const refused = await ask(server, 'act', { action: 'replay_message', names: [key] }, bearer(READ));
      expect([refused.status, refused.body['code']]).toEqual([403, 'READ_ONLY']);
      expect((await server.send('POST', '/workers/processInbox', {}, bearer(READ))).status).toBe(403);
      expect((await server.send('GET', '/metrics', undefined, bearer(READ))).status).toBe(200);
    }));

  it('who may act brings a message back, each item answered for itself, and all of it recorded', () =>
    guarded(async (server) => {
      const key = await dismissed(server);
      const request = { action: 'replay_message', names: [key, 'payment:nobody:knows', key] };
      const done = await ask(server, 'act', request, bearer(ACT));
      expect(done.body).toMatchObject({
        ok: true,
        results: [
          { name: key, ok: true },
          { name: 'payment:nobody:knows', ok: false, code: 'NOT_FOUND' },
        ],
      });
      const { body } = await ask(server, 'list_audit', {}, bearer(READ));
      // Both may be of the same millisecond: then their order says nothing.
      const items = Array.isArray(body['items']) ? body['items'].map(outcomeOf).sort() : [];
      expect(items).toEqual([
        `replay_message done ${key}: dead`,
        'replay_message refused payment:nobody:knows: nothing',
      ]);
    }));

  it('gives a reason for what cannot be undone', () =>
    guarded(async (server) => {
      const request = { action: 'resolve_discrepancy', names: ['amount_mismatch:a:b'] };
      const refused = await ask(server, 'act', request, bearer(ACT));
      expect([refused.status, refused.body['code']]).toEqual([400, 'BAD_INPUT']);
    }));

  it('sees a payer masked, and whole only when that is recorded', () =>
    guarded(async (server) => {
      const outTradeNo = await server.order('request-0001');
      const masked = await ask(server, 'show_order', { outTradeNo }, bearer(READ));
      expect(masked.text).not.toContain('oUpF8uMuAJO_M2pxb1Q9zNjWeS6o');
      const looking = await ask(server, 'show_order', { outTradeNo, unmask: true }, bearer(READ));
      expect([looking.status, looking.body['code']]).toEqual([403, 'READ_ONLY']);
      const whole = await ask(server, 'show_order', { outTradeNo, unmask: true }, bearer(ACT));
      expect(whole.text).toContain('oUpF8uMuAJO_M2pxb1Q9zNjWeS6o');
      const { body } = await ask(server, 'list_audit', { subject: outTradeNo }, bearer(ACT));
      expect(body['items']).toMatchObject([{ action: 'unmask_payer', who: 'operator', outcome: 'done' }]);
    }));

  it('is told what is wrong with a question', () =>
    guarded(async (server) => {
      const answer = async (op: string, params: object) =>
        (await ask(server, op, params, bearer(ACT))).body['code'];
      expect(await answer('no_such_thing', {})).toBe('UNKNOWN_OPERATION');
      expect(await answer('__proto__', {})).toBe('UNKNOWN_OPERATION');
      expect(await answer('list_messages', { state: 'asleep' })).toBe('BAD_INPUT');
      expect(await answer('list_messages', { state: 'dead', limit: 1e9 })).toBe('BAD_INPUT');
      expect(await answer('list_messages', { state: 'dead', after: 'nonsense' })).toBe('BAD_INPUT');
      expect(await answer('show_order', { outTradeNo: 'unknown' })).toBe('NOT_FOUND');
    }));
});

describe('a session', () => {
  it('is begun with a token, carried by a cookie no script reads, and ended', () =>
    guarded(async (server) => {
      const wrong = await server.send('POST', '/ops/session/begin', { token: 'not-the-token-at-all' });
      expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([401, null]);
      const begun = await server.send('POST', '/ops/session/begin', { token: ACT });
      const set = begun.headers.get('set-cookie') ?? '';
      expect(set).toMatch(
        /^wxpay_inbox_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
      );
      const [cookie = ''] = set.split(';');
      expect((await ask(server, 'overview', {}, { cookie })).body).toMatchObject({ you: { role: 'act' } });
      expect(await raw(server, '/ops/api/overview', { cookie, origin: 'https://evil.example' }, '{}')).toBe(
        401,
      );
      expect((await ask(server, 'overview', {}, { cookie: `${cookie}; ${cookie}` })).status).toBe(401);
      await server.send('POST', '/ops/session/end', {}, { cookie });
      expect((await ask(server, 'overview', {}, { cookie })).status).toBe(401);
    }));
});

describe('a refund over HTTP', () => {
  it('is for who may act, and for no mini program', () =>
    guarded(async (server) => {
      const outTradeNo = await server.order('request-0002');
      const asked = { outTradeNo };
      expect((await server.call('refundOrder', asked)).body).toMatchObject({
        ok: false,
        code: 'NOT_ALLOWED',
      });
      const forged = await server.call('refundOrder', asked, { 'x-wx-source': 'scf' });
      expect(forged.body).toMatchObject({ code: 'NOT_ALLOWED' });
      expect((await server.call('refundOrder', asked, bearer(READ))).body).toMatchObject({
        code: 'NOT_ALLOWED',
      });
      const allowed = await server.call('refundOrder', asked, bearer(ACT));
      expect(allowed.body['code']).not.toBe('NOT_ALLOWED');
    }));

  it('is the operator’s whose token it carries, whichever payer it names', () =>
    guarded(async (server) => {
      const outTradeNo = await server.order('request-0003');
      await server.send('POST', '/simulator/pay', { outTradeNo, faults: {} }, bearer(ACT));
      await server.settled();
      for (const [n, payer] of ['oFirst_0000000000000000000001', 'oSecond_000000000000000000002'].entries()) {
        const part = { outTradeNo, amount: 1, requestId: `refund-000${String(n)}` };
        const { body } = await server.call('refundOrder', part, { ...bearer(ACT), 'x-wx-openid': payer });
        expect(body).toMatchObject({ ok: true });
      }
      const { body } = await ask(server, 'show_order', { outTradeNo }, bearer(ACT));
      expect(JSON.stringify(body)).not.toMatch(/oFi|oSe/);
      expect(body).toMatchObject({ refunds: [{ requestedBy: 'operator' }, { requestedBy: 'operator' }] });
    }));
});
