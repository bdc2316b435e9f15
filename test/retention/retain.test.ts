import { retain, type RetainDeps } from '../../lib/retention/retain';
import type { Budget } from '../../lib/runtime/budget';
import { readConfig } from '../../lib/config/config';
import { ArchiveError } from '../../lib/statement/run/archive';
import { dayOf, daysLater } from '../../lib/values/day';
import type { Stage } from '../inbox/stage';
import { onStage, PLENTY } from '../inbox/stage';
import { claimAt, message, NO_TALLY, settlement, START, statementRun } from '../store/builders';

const DAY = 86_400_000;
const settings = readConfig({ merchants: [{ subMchId: '1900000109' }] }).retention;

function depsOf(stage: Stage, over: Partial<RetainDeps> = {}): RetainDeps & { readonly forgotten: string[] } {
  const forgotten: string[] = [];
  return {
    store: stage.store,
    clock: stage.deps.clock,
    log: stage.log,
    settings,
    archive: {
      forget: async (subMchId, day, file) => {
        forgotten.push(`${subMchId} ${day} ${file?.location ?? 'no file'}`);
      },
    },
    forgotten,
    ...over,
  };
}

/** `count` messages, done or dead at the stage's time. */
async function ended({ store, deps }: Stage, count: number, as: 'done' | 'dead'): Promise<void> {
  const now = deps.clock.now();
  for (let n = 0; n < count; n += 1) await store.inbox.record(message(n, { receivedAt: now }));
  const request = claimAt(now, { limit: 1_000 });
  const claimed = await store.inbox.claim(request);
  const finish =
    as === 'done'
      ? ({ kind: 'done', outcome: 'applied' } as const)
      : ({ kind: 'dead', reason: 'mismatch', error: null } as const);
  await store.inbox.settle(
    request.token,
    now,
    claimed.map((one) => settlement(one, finish)),
  );
}

async function runOf({ store }: Stage, daysAgo: number): Promise<void> {
  const day = daysLater(dayOf(START), -daysAgo);
  const file = { location: `file-of-${day}`, bytes: 1, sha256: 'ab'.repeat(32) };
  await store.statementRuns.open(
    statementRun(0, {
      day,
      work: {
        state: 'done',
        report: {
          outcome: 'corrupt',
          statement: null,
          file,
          refusal: 'x',
          tally: NO_TALLY,
          workedMs: 1,
          finishedAt: START,
        },
      },
    }),
  );
}

/** Allows `steps` looks at the time, then it is over. */
function steps(count: number): Budget {
  let left = count;
  return { remaining: () => ((left -= 1) >= 0 ? 60_000 : 0), stopping: false };
}

describe('what ended', () => {
  it('is kept for its days, and then removed', () =>
    onStage(async (stage) => {
      await ended(stage, 3, 'done');
      stage.advance(30 * DAY);
      expect(await retain(depsOf(stage), PLENTY)).toMatchObject({ done: 0, finished: true });
      stage.advance(1);
      expect(await retain(depsOf(stage), PLENTY)).toMatchObject({ done: 3, dead: 0, finished: true });
      expect(await stage.store.inbox.find(message(0).key)).toBeNull();
    }));

  it('as dead is kept longer, and can be replayed until then', () =>
    onStage(async (stage) => {
      await ended(stage, 2, 'dead');
      stage.advance(365 * DAY);
      expect(await retain(depsOf(stage), PLENTY)).toMatchObject({ dead: 0 });
      expect(await stage.store.inbox.replay([message(0).key], 'li', stage.deps.clock.now())).toEqual([true]);
      stage.advance(1);
      expect(await retain(depsOf(stage), PLENTY)).toMatchObject({ done: 0, dead: 1 });
      expect(await stage.store.inbox.find(message(0).key)).toMatchObject({ state: 'pending' });
    }));

  it('as unverified, which anybody can send, goes sooner', () =>
    onStage(async (stage) => {
      const { inbox } = stage.store;
      const now = stage.deps.clock.now();
      const messages = { platform: message(1), unverified: message(2, { trust: 'unverified' }) } as const;
      for (const trust of ['platform', 'unverified'] as const) {
        await inbox.record(messages[trust]);
        const request = { ...claimAt(now), trust };
        await inbox.claim(request);
        const dead = { kind: 'dead', reason: 'not_confirmed_by_query', error: null } as const;
        await inbox.settle(request.token, now, [settlement(messages[trust], dead)]);
      }
      stage.advance(settings.unverifiedMessageMs + 1);
      expect(await retain(depsOf(stage), PLENTY)).toMatchObject({ done: 0, dead: 1 });
      expect(await inbox.find(messages.unverified.key)).toBeNull();
      expect(await inbox.find(messages.platform.key)).toMatchObject({ state: 'dead' });
    }));

  it('as a statement run goes with its files, the oldest first, and only after its days', () =>
    onStage(async (stage) => {
      for (const daysAgo of [1, 400, 401, 500]) await runOf(stage, daysAgo);
      const deps = depsOf(stage);
      expect(await retain(deps, PLENTY)).toMatchObject({ statements: 2, failed: 0, finished: true });
      const [oldest, other] = [500, 401].map((ago) => daysLater(dayOf(START), -ago));
      expect(deps.forgotten).toEqual([
        `1900000109 ${oldest ?? ''} file-of-${oldest ?? ''}`,
        `1900000109 ${other ?? ''} file-of-${other ?? ''}`,
      ]);
      const { items } = await stage.store.statementRuns.list({ after: null, limit: 10 });
      expect(items).toHaveLength(2);
    }));

  it('as a statement whose file cannot be removed stays and is reported; the others go', () =>
    onStage(async (stage) => {
      for (const daysAgo of [450, 500]) await runOf(stage, daysAgo);
      const stuck = daysLater(dayOf(START), -500);
      const deps = depsOf(stage, {
        archive: {
          forget: async (_subMchId, day) => {
            if (day === stuck) throw new ArchiveError('unavailable', 'the disk says no');
          },
        },
      });
      expect(await retain(deps, PLENTY)).toMatchObject({ statements: 1, failed: 1, finished: false });
      expect(stage.log.lines.find(({ event }) => event === 'statement_not_removed')).toMatchObject({
        fields: { run: `1900000109:${stuck}`, error: expect.stringContaining('the disk says no') as unknown },
      });
      expect(await retain(depsOf(stage), PLENTY)).toMatchObject({ statements: 1, failed: 0 });
    }));

  it('is removed in bounded steps: what a run has no time for, the next one does', () =>
    onStage(async (stage) => {
      await ended(stage, 25, 'done');
      stage.advance(31 * DAY);
      const deps = depsOf(stage, { settings: { ...settings, batch: 10 } });
      expect(await retain(deps, steps(1))).toMatchObject({ done: 10, finished: false });
      expect(await retain(deps, { remaining: () => 60_000, stopping: true })).toMatchObject({
        done: 0,
        finished: false,
      });
      expect(await retain(deps, PLENTY)).toMatchObject({ done: 15, finished: true });
    }));

  it('is everything that goes: what waits stays, however old', () =>
    onStage(async (stage) => {
      await stage.store.inbox.record(message(1));
      stage.advance(4_000 * DAY);
      expect(await retain(depsOf(stage), PLENTY)).toMatchObject({ done: 0, dead: 0 });
      expect(await stage.store.inbox.find(message(1).key)).toMatchObject({ state: 'pending' });
    }));
});

it.each([
  ['doneMessageDays', 6, 7, { doneMessageMs: 7 * DAY }],
  ['deadMessageDays', 29, 30, { deadMessageMs: 30 * DAY }],
  ['statementDays', 99, 100, { statementDays: 100 }],
])('retention.%s may not be %i: %i at least', (name, tooFew, least, settings) => {
  const configWith = (days: number) =>
    readConfig({ merchants: [{ subMchId: '1900000109' }], retention: { [name]: days } });
  expect(() => configWith(tooFew)).toThrow(`retention.${name}`);
  expect(configWith(least).retention).toMatchObject(settings);
});
