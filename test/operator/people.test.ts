import { createHash } from 'node:crypto';
import type { AuditEntry } from '../../lib/model/operators/audit';
import type { OpsName, OpsReply } from '../../lib/ops/api';
import type { ApprovalLine } from '../../lib/ops/people/people-api';
import { readArguments } from '../../operator/arguments';
import type { Client } from '../../operator/client';
import type { Language } from '../../lib/values/language';
import { newTokenText } from '../../operator/new-token';
import { run } from '../../operator/run';
import { START } from '../store/builders';
import { auditEntry } from '../store/operations-builders';

const HASH = 'a'.repeat(64);

/** The command over a client that answers these replies in sequence. */
async function ops(args: readonly string[], replies: readonly OpsReply[], language: Language = 'en') {
  const asked: object[] = [];
  const left = [...replies];
  const client: Client = {
    url: 'http://127.0.0.1:3000',
    ask: async (op, params) => {
      asked.push({ op, ...params });
      const next: unknown = left.shift();
      if (!isReplyOf(op, next)) throw new Error('asked too often');
      return next;
    },
  };
  const { command } = readArguments(args, {});
  const result = await run(command, {
    client,
    language,
    json: false,
    readNames: async () => [],
    confirm: async () => true,
    preview: () => undefined,
    say: () => undefined,
    isAgreed: false,
    untilStopped: (work) => work(() => false),
  });
  return { ...result, asked };
}

function isReplyOf<Name extends OpsName>(_op: Name, value: unknown): value is OpsReply<Name> {
  return typeof value === 'object' && value !== null;
}

test('record goes through the whole chain, names what was changed, and prints the seal to keep', async () => {
  const head = { n: 21, hash: HASH, at: START };
  const next = { n: 2, previous: HASH };
  const part = { ok: true, seals: 20, entries: 30, faults: [], head, since: START, next } as const;
  const last = { ...part, seals: 1, entries: 2, head: { ...head, n: 1 }, next: null } as const;
  const whole = await ops(['record'], [part, last]);
  expect(whole.code).toBe(0);
  expect(whole.output).toContain('32 entries');
  expect(whole.output).toContain(`21:${HASH}`);
  expect(whole.asked).toEqual([
    { op: 'verify_record', after: null, anchor: null },
    { op: 'verify_record', after: next, anchor: null },
  ]);
  const faults = [{ fault: 'entry_missing', n: 1, entry: 'entry-0001' }] as const;
  const changed = await ops(['record', '--anchor', `9:${HASH}`], [{ ...last, faults }]);
  expect(changed.code).toBe(1);
  expect(changed.output).toMatch(/in 1 place\.[^]*entry_missing\s+1\s+entry-0001/);
  expect(changed.asked).toMatchObject([{ anchor: { n: 9, hash: HASH } }]);
  expect(() => readArguments(['record', '--anchor', '9'], {})).toThrow(/--anchor/);
});

test('record --export writes every entry of every page, as JSON lines or CSV', async () => {
  const entries: readonly AuditEntry[] = [auditEntry(2, { who: '=li' }), auditEntry(1)];
  const pages = entries.map((one, n) => ({
    ok: true as const,
    items: [one],
    next: n === 0 ? 'after' : null,
  }));
  const lines = await ops(['record', '--export', 'jsonl'], pages);
  expect(
    lines.output
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line)),
  ).toEqual(entries);
  const csv = (await ops(['record', '--export', 'csv'], pages)).output.split('\r\n');
  // Without the mark a Chinese Excel reads the reasons as GBK.
  expect(csv[0]).toBe('\uFEFFid,at,who,action,kind,name,reason,before,after,outcome');
  expect(csv[1]).toContain("'=li");
  expect(csv).toHaveLength(4);
  expect(() => readArguments(['record', '--export', 'xml'], {})).toThrow(/jsonl, csv/);
});

test('requests and faults have Chinese heads, and the approver is not called the initiator', async () => {
  const decision = { kind: 'approved', who: 'han', reason: null, at: START } as const;
  const request: ApprovalLine = {
    id: 'request-1',
    version: 2,
    action: 'refund_order',
    items: [{ name: 'order-1', seen: null }],
    amount: null,
    reason: '质量问题',
    asker: { name: 'li', role: 'act' },
    askedAt: START,
    expiresAt: START,
    decision,
    outcome: null,
    state: 'approved',
    isApprovable: false,
    isDeclinable: false,
  };
  const page = { ok: true, items: [request], next: null } as const;
  const { output } = await ops(['approvals', '--decided'], [page], 'zh');
  const heads = ['复核申请', '操作', '对象', '项数', '金额', '原因', '申请人', '时间', '状态', '复核人'];
  expect(output.split('\n')[0]?.split(/\s+/)).toEqual(heads);
  const faults = [{ fault: 'entry_missing', n: 1, entry: 'entry-0001' }] as const;
  const part = { ok: true, seals: 1, entries: 2, faults, head: null, since: START, next: null } as const;
  expect((await ops(['record'], [part], 'zh')).output).toMatch(/问题\s+封签\s+记录/);
});

test('approvals are listed, approved and declined by their request', async () => {
  const page = await ops(['approvals', '--decided'], [{ ok: true, items: [], next: null }]);
  expect(page.asked).toEqual([{ op: 'list_approvals', decided: true }]);
  const result = {
    name: 'order-1',
    ok: false,
    code: 'CHANGED_SINCE',
    message: 'ask again',
    said: [],
  } as const;
  const approved = await ops(['approve', 'request-1'], [{ ok: true, results: [result] }]);
  expect([approved.code, approved.output]).toEqual([1, expect.stringContaining('CHANGED_SINCE')]);
  const declined = await ops(['decline', 'request-1', '--why', 'kept'], [{ ok: true }]);
  expect(declined.asked).toEqual([{ op: 'decline', id: 'request-1', reason: 'kept' }]);
  expect(() => readArguments(['decline', 'request-1'], {})).toThrow(/--why/);
  const log = await ops(['sign-ins'], [{ ok: true, items: [], next: null }]);
  expect(log.asked).toEqual([{ op: 'list_audit', subject: 'sign-ins' }]);
});

test('a new token is 256 random bits, with the hash that config.json takes', () => {
  const [, token = '', hash] = /: +(\S{43})\n.*"sha256": "([0-9a-f]{64})"/.exec(newTokenText()) ?? [];
  expect(createHash('sha256').update(token).digest('hex')).toBe(hash);
  expect(newTokenText()).not.toContain(token);
});
