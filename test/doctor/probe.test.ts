import cloud from 'wx-server-sdk';
import { probe } from '../../functions/probe/function';
import type { Granted, ProbeDeps } from '../../lib/doctor/probe/probe';
import { runProbe } from '../../lib/doctor/probe/probe';
import { keptFiles } from '../../lib/doctor/probe/kept-files';
import { verdictOn } from '../../lib/doctor/probe/verdict';
import {
  documentSizes,
  dollarKeys,
  duplicateId,
  idsTaken,
  writeThenRead,
} from '../../lib/doctor/probe/questions';
import type { Scratch } from '../../lib/doctor/probe/scratch';
import { NOBODY } from '../../lib/model/operators/principal';
import { budgetOf } from '../../lib/runtime/budget';
import { systemClock } from '../../lib/runtime/system-clock';
import { systemTimers } from '../../lib/runtime/timers';
import { instant } from '../../lib/values/instant';
import { DUPLICATE_SHAPES } from '../cloudbase/database/collections';
import { useFunctionEnvironment } from '../cloudbase/function-environment';
import { startLoopbackCloudBase, type LoopbackOptions } from '../cloudbase/gateway';
import { loopbackOf } from '../cloudbase/replay';

/** The database of the environment to which this process's variables lead. */
function databaseOf(env: string): ProbeDeps['db'] {
  cloud.init({ env });
  return cloud.database();
}

/** What is configured, and granted as configured. */
const SETTINGS: ProbeDeps['settings'] = { connections: 100, timeMs: 60_000, memoryMb: 256 };
const GRANTED: Granted = { timeMs: 60_000, memoryMb: 256 };

/** Probes a loopback with these settings; what it left behind, and how many requests it took. */
async function probed(
  options: LoopbackOptions,
  more: Partial<ProbeDeps> = {},
  event: unknown = {},
  granted: Granted = GRANTED,
) {
  const gateway = await startLoopbackCloudBase(options);
  const restoreEnvironment = useFunctionEnvironment(gateway);
  try {
    let names = 0;
    const deps: ProbeDeps = {
      db: databaseOf(gateway.envId),
      files: cloud,
      clock: systemClock,
      timers: systemTimers,
      newId: () => `${(names += 1)}`,
      hasOrders: async () => false,
      environment: { TCB_SOURCE: 'wx_trigger', WX_API_TOKEN: 'a secret token' },
      nodeVersion: 'v24.11.0',
      settings: SETTINGS,
      ...more,
    };
    const report = await runProbe(deps, budgetOf(systemClock, granted.timeMs ?? 60_000), event, granted);
    expect(gateway.protocolErrors).toEqual([]);
    return {
      report,
      json: JSON.stringify(report),
      left: gateway.database.documents('wxpay_probe').length + gateway.storage.files.size,
    };
  } finally {
    restoreEnvironment();
    await gateway.stop();
  }
}

test('a probe tells what the platform does, removes what it stored, and shows no token', async () => {
  const { report, json, left } = await probed({}, {}, { Type: 'Timer', Time: '2026-11-24T02:00:00Z' });
  expect(report.answers).toMatchObject({
    this_run: { source: 'wx_trigger', hasToken: true, hasTriggerToken: false, eventKeys: ['Time', 'Type'] },
    run_limits: { timeMs: 60_000, memoryMb: 256 },
    duplicate_id: { refusal: { code: '-501001' }, isKept: true },
    write_then_read: { tries: 20, missed: 0, longestMs: 0 },
    racing_updates: { winners: 1 },
    update_of_many: { said: 100, changed: 100 },
    limits_of_queries: { without: 100, withMost: 150 },
    ids_taken: { refused: [], longest: 1_024 },
    files: { isWhole: true, isRemoved: true, isGone: true },
    parallel_requests: { refusal: null, settings: { connections: 100 } },
  });
  // The timer's time is long past.
  expect(report.verdict).toMatchObject({ mayGoLive: true, words: [{ about: 'this_run' }] });
  expect(json).not.toContain('a secret token');
  expect(left).toBe(0);
});

test('what is otherwise than assumed is said in words, and what must hold forbids going live', () => {
  const good = {
    this_run: { timerLateMs: null },
    duplicate_id: { refusal: { code: '-501001', text: 'E11000' }, isKept: true },
    racing_updates: { winners: 1 },
  };
  expect(verdictOn(good)).toMatchObject({
    mayGoLive: true,
    verdicts: { this_run: 'as_assumed', duplicate_id: 'as_assumed', clocks: 'not_known' },
    words: [],
  });
  const late = verdictOn({ ...good, this_run: { timerLateMs: 7_000 } });
  expect(late).toMatchObject({ mayGoLive: true, words: [{ about: 'this_run' }] });
  expect(verdictOn({ ...good, racing_updates: { winners: 2 } })).toMatchObject({
    mayGoLive: false,
    verdicts: { racing_updates: 'otherwise' },
    words: [{ about: 'racing_updates', zh: '并发的条件更新不是恰好一个成功：请勿上线' }],
  });
  const replaced = { ...good, duplicate_id: { ...good.duplicate_id, isKept: false } };
  expect(verdictOn(replaced)).toMatchObject({ mayGoLive: false, words: [{ about: 'duplicate_id' }] });
  // What could not be found out is no permission.
  expect(verdictOn({ ...good, duplicate_id: { error: 'no time was left' } }).mayGoLive).toBe(false);
});

test.each([
  ['write_then_read', { tries: 0, missed: 0, longestMs: 0 }],
  ['write_then_read', {}],
  ['update_of_many', {}],
  ['update_of_many', { said: NaN, changed: NaN }],
  ['document_sizes', { largestKb: 0, refusal: null }],
  ['clocks', { aheadMs: null, tripMs: 12 }],
  ['run_limits', { timeMs: null, memoryMb: null, settings: SETTINGS }],
  ['parallel_requests', { steps: [{ at: 50, refused: 0 }], settings: SETTINGS }],
])('what was not measured is not known, neither good nor bad: %s %j', (about, answer) => {
  expect(verdictOn({ [about]: answer })).toMatchObject({ verdicts: { [about]: 'not_known' }, words: [] });
});

test('files that are refused or changed are told, and no signed address is', async () => {
  const refused = Object.assign(new Error('https://a.b/c?sign=secret'), { code: 'STORAGE_EXCEED' });
  const files: ProbeDeps['files'] = {
    uploadFile: () => ({ fileID: 'cloud://one' }),
    downloadFile: () => ({ fileContent: Buffer.from('other') }),
    deleteFile: () => Promise.reject(refused),
  };
  const asked = { timers: systemTimers, run: 'r' };
  expect(await keptFiles({ ...asked, files })).toEqual({ isWhole: false, isRemoved: false, isGone: false });
  const uploadFile = () => Promise.reject(refused);
  expect(await keptFiles({ ...asked, files: { ...files, uploadFile } })).toEqual({
    error: 'upload: STORAGE_EXCEED',
  });
});

test('what it found is replayed as settings of the loopback, under which it finds the same', async () => {
  const settings: LoopbackOptions = {
    duplicates: 'old_text',
    updatedCounts: 'modified',
    limits: { idBytes: 200 },
  };
  const first = loopbackOf((await probed(settings)).json);
  expect(first).toMatchObject(settings);
  expect(loopbackOf((await probed(first)).json)).toEqual(first);
});

test('a refusal for load is replayed as the number of connections that were not refused', () => {
  const steps = [
    { at: 10, medianMs: 30, refused: 0 },
    { at: 20, medianMs: 31, refused: 5 },
  ];
  const json = JSON.stringify({ probe: 1, answers: { parallel_requests: { steps, refusal: null } } });
  expect(loopbackOf(json)).toEqual({ limits: { connections: 15 } });
});

test('a clock that is off is replayed, and what a request takes is no difference', () => {
  const replayed = (aheadMs: number | null) =>
    loopbackOf(JSON.stringify({ probe: 1, answers: { clocks: { aheadMs, tripMs: 30 } } }));
  expect(replayed(-180_000)).toEqual({ limits: { clockAheadMs: -180_000 } });
  for (const aheadMs of [15, null]) expect(replayed(aheadMs)).toEqual({ limits: {} });
});

/** A platform that stores the first documents and refuses the next for this. */
function refusingAfter(stored: number, refusal: object) {
  const never = () => Promise.reject(new Error('not asked here'));
  const add = jest.fn<Promise<void>, []>().mockRejectedValue(refusal);
  for (let n = 0; n < stored; n += 1) add.mockResolvedValueOnce();
  const scratch: Scratch = { find: never, update: never, count: never, remove: never, add };
  const db = databaseOf('nowhere');
  return { db, scratch, clock: systemClock, run: 'r', isOver: () => false, pause: async () => undefined };
}

const LOAD = { errCode: -501004, errMsg: '[LimitExceeded.MaxConnections]' };

test('an add that is refused for load says nothing of a duplicate', async () => {
  await expect(duplicateId(refusingAfter(1, LOAD))).rejects.toBe(LOAD);
  const unknown = { errCode: -501001, errMsg: 'another text' };
  // Whatever is refused after the first, another `_id` too, is no duplicate either.
  await expect(duplicateId(refusingAfter(1, unknown))).rejects.toBe(unknown);
});

const REFUSED = Object.assign(new Error('no'), { errCode: -501001 });

test.each([
  ['refused each time', [false, false, false], { refusal: { code: '-501001', text: 'no' }, isKept: true }],
  // A passing failure before the platform stores it twice after all.
  ['refused once', [false, true], { refusal: null, isKept: false }],
])('a second add that is %s', async (_name, accepted, answer) => {
  let second = 0;
  let stored = '';
  const platform = refusingAfter(0, {});
  const scratch: Scratch = {
    ...platform.scratch,
    async add({ is }) {
      if (is === 'second' && accepted[second++] !== true) return Promise.reject(REFUSED);
      if (typeof is === 'string') stored = is;
    },
    update: async (having) =>
      typeof having === 'object' && 'is' in having && having['is'] === stored ? 1 : 0,
  };
  expect(await duplicateId({ ...platform, scratch })).toEqual(answer);
  expect(second).toBe(accepted.length);
});

test('a run that is granted too little says so and asks nothing that it could not end', async () => {
  const { report } = await probed({}, {}, {}, { timeMs: 3_000, memoryMb: 128 });
  expect(report.answers).toMatchObject({
    run_limits: { timeMs: 3_000, memoryMb: 128, settings: { timeMs: 60_000, memoryMb: 256 } },
    racing_updates: { error: 'no time was left' },
  });
  expect(report.verdict).toMatchObject({ mayGoLive: false, words: [{ about: 'run_limits' }] });
});

test.each([
  [
    40,
    [
      { at: 20, refused: 0 },
      { at: 50, refused: 10 },
    ],
    'as_assumed',
  ],
  [
    41,
    [
      { at: 20, refused: 0 },
      { at: 50, refused: 10 },
    ],
    'otherwise',
  ],
  // No load test makes more than 200 at a time.
  [1_000, [{ at: 200, refused: 0 }], 'as_assumed'],
] as const)('%i configured connections, when %j, are %s', (connections, steps, verdict) => {
  const answer = { steps, refusal: null, settings: { ...SETTINGS, connections } };
  const { verdicts, words } = verdictOn({ parallel_requests: answer });
  expect(verdicts['parallel_requests']).toBe(verdict);
  expect(words).toHaveLength(verdict === 'otherwise' ? 1 : 0);
});

test.each([dollarKeys, documentSizes, idsTaken])('%p says nothing when refused for load', async (ask) => {
  await expect(ask(refusingAfter(0, LOAD))).rejects.toBe(LOAD);
});

test('the longest time that a read misses a write is not the time of a read that finds it', async () => {
  let now = 0;
  let reads = 0;
  const scratch: Scratch = {
    add: async () => undefined,
    async find() {
      reads += 1;
      // The first read misses and the second, 10 ms later, does not; all others are slow and find.
      now += reads <= 2 ? 10 : 500;
      return reads === 1 ? [] : [{}];
    },
    update: async () => 0,
    count: async () => 0,
    remove: async () => undefined,
  };
  const clock = { now: () => instant(now) };
  const db = databaseOf('nowhere');
  const pauses: number[] = [];
  const pause = async (ms: number): Promise<void> => {
    pauses.push(ms);
    now += ms;
  };
  const answer = await writeThenRead({ db, scratch, clock, run: 'r', isOver: () => false, pause });
  expect(answer).toEqual({ tries: 20, missed: 1, longestMs: 40 });
  expect(pauses).toEqual([20]);
});

test.each(DUPLICATE_SHAPES)('a duplicate reported as %s is replayed as that', async (duplicates) => {
  const more = { hasOrders: async () => true };
  const { report, json } = await probed({ duplicates }, more);
  expect(loopbackOf(json).duplicates).toBe(duplicates);
  expect(report.answers['parallel_requests']).toEqual({ error: 'not asked: this environment has orders' });
});

test.each([NOBODY, { kind: 'person', name: 'reader', role: 'read' }] as const)(
  'nobody less than an operator may probe: %j',
  async (by) => {
    const never = () => {
      throw new Error('it was asked');
    };
    const deps: ProbeDeps = {
      db: databaseOf('nowhere'),
      files: cloud,
      clock: systemClock,
      timers: systemTimers,
      newId: never,
      hasOrders: never,
      environment: {},
      nodeVersion: '',
      settings: SETTINGS,
    };
    const caller = { payer: null, source: 'wx_client', ip: '127.0.0.1', by };
    const answer = await probe(deps, () => budgetOf(systemClock, 1_000))({}, caller);
    expect(answer).toMatchObject({ ok: false, code: 'NOT_ALLOWED' });
  },
);
