import { NOTHING_READ } from '../../lib/ops/today/figures-now';
import type { AlarmCause, Signal } from '../../lib/model/alarm';
import { ALARM_CAUSES } from '../../lib/model/alarm';
import { causeValues } from '../../lib/ops/watch/causes';
import { nextAlarm } from '../../lib/ops/watch/next-alarm';
import type { Observation } from '../../lib/ops/watch/observe';
import type { Statements } from '../../lib/ops/watch/statements';
import { readConfig } from '../../lib/config/config';
import type { StatementRun } from '../../lib/model/statement/statement-run';
import { daysLater, startOf } from '../../lib/values/day';
import type { Instant } from '../../lib/values/instant';
import type { Backlog } from '../../lib/store/port';
import { later } from '../../lib/values/instant';
import { day, MERCHANT, NO_TALLY, START, statementRun } from '../store/builders';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const settings = readConfig({ merchants: [{ subMchId: MERCHANT }] }).watchdog;

/** So many hours into the day after the cases' first: its statement is that of `day(0)`. */
const next = (hours: number): Instant => later(startOf(day(1)), hours * HOUR);

const NOTHING_WAITS: Backlog = {
  pending: 0,
  dead: 0,
  oldestDueAt: null,
  unverified: { pending: 0, dead: 0 },
  alone: 0,
};

const QUIET: Observation = {
  now: START,
  backlog: NOTHING_WAITS,
  dead: 0,
  late: { unknown: 0, unfulfilled: 0 },
  unfulfillable: 0,
  heard: { all: 0, withoutCallback: 0 },
  statements: { runs: [], firstOrderAt: null },
  openDiscrepancies: 0,
  abnormalRefunds: 0,
  overdueRefunds: 0,
  standing: NOTHING_READ,
  signals: [],
  paused: 0,
};

const valueOf = (cause: AlarmCause, over: Partial<Observation>) =>
  causeValues({ ...QUIET, ...over }, settings)[cause];

test('of a quiet shop nothing is told', () => {
  expect(Object.values(causeValues(QUIET, settings))).toEqual(ALARM_CAUSES.map(() => 0));
});

test('of what could not be read nobody concludes anything', () => {
  const blind: Observation = {
    ...{ now: START, backlog: null, dead: null, late: null, unfulfillable: null, heard: null },
    ...{
      statements: null,
      openDiscrepancies: null,
      abnormalRefunds: null,
      overdueRefunds: null,
      signals: null,
    },
    standing: NOTHING_READ,
    paused: null,
  };
  expect(Object.values(causeValues(blind, settings))).toEqual(ALARM_CAUSES.map(() => null));
  expect(valueOf('failing_fulfilment', { unfulfillable: null })).toBeNull();
  expect(valueOf('missing_api_token', { statements: null })).toBeNull();
});

test.each<[AlarmCause, Partial<Observation>, number]>([
  [
    'oldest_due_message',
    { backlog: { ...NOTHING_WAITS, pending: 1, oldestDueAt: later(START, -90_500) } },
    90_500,
  ],
  ['oldest_due_message', { backlog: { ...NOTHING_WAITS, pending: 1, oldestDueAt: later(START, 5) } }, 0],
  ['backlog', { backlog: { ...NOTHING_WAITS, pending: 7, dead: 9 } }, 7],
  // Anybody can send what nobody vouches for: it calls no operator.
  ['backlog', { backlog: { ...NOTHING_WAITS, unverified: { pending: 5_000, dead: 5_000 } } }, 0],
  ['suspect_messages', { backlog: { ...NOTHING_WAITS, pending: 2, alone: 2 } }, 2],
  ['dead_letters', { dead: 3 }, 3],
  ['unknown_payments', { late: { unknown: 4, unfulfilled: 9 } }, 4],
  ['silent_callbacks', { heard: { all: 20, withoutCallback: 4 } }, 20],
  ['silent_callbacks', { heard: { all: 4, withoutCallback: 4 } }, 100],
  // Two are too few to tell: a callback may be lost.
  ['silent_callbacks', { heard: { all: 2, withoutCallback: 2 } }, 0],
  ['open_discrepancies', { openDiscrepancies: 2 }, 2],
  ['failing_fulfilment', { late: { unknown: 9, unfulfilled: 2 }, unfulfillable: 3 }, 5],
  ['abnormal_refunds', { abnormalRefunds: 1 }, 1],
  ['overdue_refunds', { overdueRefunds: 1 }, 1],
  ['paused_work', { paused: 2 }, 2],
])('%s of %j is %i', (cause, over, value) => {
  expect(valueOf(cause, over)).toBe(value);
});

const waits = { pending: 1, dead: 0, unverified: { pending: 0, dead: 0 }, alone: 0 };
const signalOf = (cause: Signal['cause']) => ({ signals: [{ cause, lastSeenAt: START, detail: '' }] });

/** What fires each cause by the default thresholds. */
const FIRES: Readonly<Record<AlarmCause, Partial<Observation>>> = {
  oldest_due_message: { backlog: { ...waits, oldestDueAt: later(START, -2 * HOUR) } },
  backlog: { backlog: { ...waits, pending: 100_000, oldestDueAt: null } },
  dead_letters: { dead: 100 },
  suspect_messages: { backlog: { ...waits, oldestDueAt: null, alone: 100 } },
  unknown_payments: { late: { unknown: 100, unfulfilled: 0 } },
  silent_callbacks: { heard: { all: 100, withoutCallback: 100 } },
  missing_statement: { now: next(20), statements: { runs: [], firstOrderAt: START } },
  open_discrepancies: { openDiscrepancies: 100 },
  failing_fulfilment: { unfulfillable: 100 },
  abnormal_refunds: { abnormalRefunds: 100 },
  overdue_refunds: { overdueRefunds: 1 },
  paused_work: { paused: 100 },
  missing_api_token: signalOf('missing_api_token'),
  unknown_key: signalOf('unknown_key'),
  clock_skew: signalOf('clock_skew'),
};

test.each(ALARM_CAUSES)('%s fires, and clears once it is quiet', (cause) => {
  const { calmMs } = settings;
  const rules = { ...settings.causes[cause], calmMs, mute: null, targets: [] };
  const value = valueOf(cause, FIRES[cause]);
  const fired = nextAlarm(null, { cause, value, now: START }, rules);
  expect(fired).toMatchObject({ alarm: { cause, level: 100, told: 100, since: START } });
  let alarm = fired?.alarm ?? null;
  for (const now of [later(START, MINUTE), later(START, MINUTE + calmMs)]) {
    alarm = nextAlarm(alarm, { cause, value: valueOf(cause, {}), now }, rules)?.alarm ?? alarm;
  }
  expect(alarm).toMatchObject({ level: 0, told: 0, since: null });
});

describe('a missing token', () => {
  const signal = (ageMs: number) => ({
    cause: 'missing_api_token' as const,
    lastSeenAt: later(START, -ageMs),
    detail: 'reconcileOrders',
  });
  test.each<[string, Partial<Observation>, number]>([
    ['that a worker met', { signals: [signal(MINUTE)] }, 1],
    ['that nobody met for a day', { signals: [signal(25 * HOUR)] }, 0],
    ['that a statement waits for', { statements: waiting('missing_api_token'), signals: null }, 1],
    ['is none when a download failed', { statements: waiting('download_failed') }, 0],
  ])('%s', (_, over, value) => {
    expect(valueOf('missing_api_token', over)).toBe(value);
  });
});

describe('a statement', () => {
  const lateAt = (now: Instant, statements: Statements) =>
    Number(valueOf('missing_statement', { now, statements })) / MINUTE;
  const one = (over: Partial<StatementRun>): Statements => ({
    runs: [statementRun(0, over)],
    firstOrderAt: START,
  });

  test('that waits is late from ten o’clock on', () => {
    for (const reason of ['not_asked', 'download_failed', 'missing_api_token'] as const) {
      expect(lateAt(next(9.5), waiting(reason))).toBe(0);
      expect(lateAt(next(10.5), waiting(reason))).toBe(30);
      expect(lateAt(next(34), waiting(reason))).toBe(24 * 60);
    }
  });

  test('that WeChat Pay does not have is late only once that is believed', () => {
    expect(lateAt(next(11.9), waiting('not_available'))).toBe(0);
    expect(lateAt(next(12.5), waiting('not_available'))).toBe(30);
  });

  test('that was compared is not late, whatever it showed', () => {
    for (const outcome of ['reconciled', 'none', 'corrupt'] as const) {
      expect(lateAt(next(20), one({ work: done(outcome) }))).toBe(0);
    }
  });

  test('that is missing although there are payments is late for a day', () => {
    expect(lateAt(next(13), one({ work: done('missing') }))).toBe(60);
    const dayAfter: Statements = {
      runs: [
        statementRun(0, { day: day(1), work: done('reconciled') }),
        statementRun(0, { work: done('missing') }),
      ],
      firstOrderAt: START,
    };
    expect(lateAt(next(24 + 13), dayAfter)).toBe(0);
  });

  test('that nobody has begun is late, once there were orders on its day', () => {
    expect(lateAt(next(11), { runs: [], firstOrderAt: START })).toBe(60);
    expect(lateAt(next(11), { runs: [], firstOrderAt: next(8) })).toBe(0);
    expect(lateAt(next(11), { runs: [], firstOrderAt: null })).toBe(0);
  });

  test('of a merchant beside others is missed', () => {
    const two = readConfig({ merchants: [{ subMchId: MERCHANT }, { subMchId: '1606704502' }] }).watchdog;
    const seen = { ...QUIET, now: next(11), statements: one({ work: done('reconciled') }) };
    expect(causeValues(seen, settings).missing_statement).toBe(0);
    expect(causeValues(seen, two).missing_statement).toBe(HOUR);
  });

  test('of a day that is run again is late from then on', () => {
    const begun = next(200);
    const again = statementRun(0, { round: 2, begunAgainAt: begun });
    const yesterday = statementRun(0, { day: daysLater(day(1), 7), work: done('reconciled') });
    const runs = { runs: [yesterday, again], firstOrderAt: START };
    expect(lateAt(later(begun, 5 * MINUTE), runs)).toBe(5);
  });
});

function waiting(reason: Extract<StatementRun['work'], { state: 'waiting' }>['reason']): Statements {
  return {
    runs: [statementRun(0, { work: { state: 'waiting', reason, detail: null } })],
    firstOrderAt: START,
  };
}

function done(outcome: 'reconciled' | 'none' | 'missing' | 'corrupt'): StatementRun['work'] {
  const nothing = { outcome, statement: null, file: null, refusal: null } as const;
  return { state: 'done', report: { ...nothing, tally: NO_TALLY, workedMs: 0, finishedAt: next(12) } };
}
