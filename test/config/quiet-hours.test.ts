import { readConfig } from '../../lib/config/config';
import { timesOfDay } from '../../lib/config/cron-times';
import { WORKERS } from '../../lib/config/jobs';
import { longestQuietGap, quietDelayMs, restsOf, type QuietHours } from '../../lib/config/quiet-hours';
import { beijingTime, later, type Instant } from '../../lib/values/instant';

const merchants = [{ subMchId: '1900000109' }];
const NIGHT: QuietHours = { fromHour: 23, toHour: 6, everyMs: 600_000 };

const at = (text: string): Instant => {
  const found = beijingTime(`2026-03-01 ${text}`);
  if (found === null) throw new TypeError(text);
  return found;
};

/** A timer of a minute. */
const MINUTELY = '5 * * * * * *';

/** The minutes of a day in which the runs of a timer work, each `lateMs` after its time. */
function worked(cron: string, isRemembered: boolean, lateMs = 0): readonly number[] {
  const rests = restsOf(NIGHT, 'processInbox', cron);
  const midnight = at('00:00:00');
  return (timesOfDay(cron) ?? []).flatMap((second) => {
    const now = later(midnight, second * 1_000 + lateMs);
    const isResting = isRemembered ? rests.at(now) : restsOf(NIGHT, 'processInbox', cron).at(now);
    return isResting ? [] : [Math.floor(second / 60)];
  });
}

describe.each([
  ['a process that remembers works once in each slot', true, [0]],
  // A killed process must not cost its slot.
  ['processes of which each runs once work twice in each slot', false, [0, 1]],
])('in quiet hours, %s', (_, isRemembered, inSlot) => {
  it.each([0, 3_000])('also %s ms late, and by day at every run', (lateMs) => {
    const minutes = worked(MINUTELY, isRemembered, lateMs);
    const byDay = minutes.filter((minute) => minute >= 360 && minute < 1_380);
    expect(byDay).toHaveLength(17 * 60);
    const atNight = minutes.filter((minute) => minute < 360);
    const slots = Array.from({ length: 36 }, (__, n) => n * 10);
    expect(atNight).toEqual(slots.flatMap((slot) => inSlot.map((minute) => slot + minute)));
    expect(minutes).toHaveLength(17 * 60 + (36 + 6) * inSlot.length);
  });

  it('works at every run of a timer that comes more seldom', () => {
    expect(worked('0 */20 * * * * *', isRemembered)).toHaveLength(72);
  });
});

test('a run whose slot’s first one the platform dropped works all the same', () => {
  const rests = restsOf(NIGHT, 'reconcileOrders', WORKERS.reconcileOrders.timer);
  expect(rests.at(at('00:00:47'))).toBe(false);
  expect(rests.at(at('00:08:47'))).toBe(true);
  expect(rests.at(at('00:12:47'))).toBe(false);
  expect(rests.at(at('00:14:47'))).toBe(true);
});

test.each([
  ['in step with its slots', 10, WORKERS.reconcileOrders.timer, 600],
  ['out of step with its slots', 15, WORKERS.reconcileOrders.timer, 960],
  ['that slots of another length do not fill a day of', 7, MINUTELY, 420],
  ['that comes more seldom than its slots', 10, '0 */20 * * * * *', 1_200],
])('the longest wait for a timer %s is known', (_, everyMinutes, cron, seconds) => {
  const allDay = { fromHour: 1, toHour: 0, everyMs: everyMinutes * 60_000 };
  const rests = restsOf(allDay, 'reconcileOrders', cron);
  const quiet = (timesOfDay(cron) ?? []).filter((second) => second >= 3_600);
  const runs = quiet.filter((second) => !rests.at(later(at('00:00:00'), second * 1_000)));
  const gaps = runs.slice(1).map((second, n) => second - (runs[n] ?? 0));
  expect(longestQuietGap(allDay, cron)).toBe(seconds);
  expect(Math.max(...gaps)).toBe(seconds);
});

test('a run after a killed process works in the same slot', () => {
  const killed = restsOf(NIGHT, 'watchdog', MINUTELY);
  expect(killed.at(at('00:10:05'))).toBe(false);
  const next = restsOf(NIGHT, 'watchdog', MINUTELY);
  expect([next.at(at('00:11:05')), next.at(at('00:12:05'))]).toEqual([false, true]);
});

test('a run that failed or ended at its time limit lets the next one of its slot work', () => {
  const rests = restsOf(NIGHT, 'processInbox', MINUTELY);
  expect([rests.at(at('00:00:01')), rests.at(at('00:01:01'))]).toEqual([false, true]);
  rests.ran('failed');
  expect([rests.at(at('00:02:01')), rests.at(at('00:03:01'))]).toEqual([false, true]);
  rests.ran({ remainingMs: 1_000 });
  expect(rests.at(at('00:04:01'))).toBe(false);
  rests.ran({ remainingMs: 50_000 });
  expect([rests.at(at('00:05:01')), rests.at(at('00:10:01'))]).toEqual([true, false]);
});

test('statements, retention and a shop without quiet hours never rest', () => {
  for (const name of ['reconcileStatement', 'retain'] as const) {
    const rests = restsOf({ ...NIGHT, toHour: 22 }, name, WORKERS[name].timer);
    expect([rests.at(at('01:00:43')), rests.at(at('01:00:44'))]).toEqual([false, false]);
  }
  const rests = restsOf(null, 'processInbox', WORKERS.processInbox.timer);
  expect([rests.at(at('01:00:00')), rests.at(at('01:00:12'))]).toEqual([false, false]);
});

test('alarms about waiting allow for quiet hours, and for the first slot after them', () => {
  const allowed = ['22:59:59', '23:00:00', '03:00:00', '06:09:59', '06:10:00', '12:00:00'].map((time) =>
    quietDelayMs(NIGHT, at(time)),
  );
  expect(allowed).toEqual([0, 600_000, 600_000, 600_000, 0, 0]);
  expect(quietDelayMs(null, at('03:00:00'))).toBe(0);
});

describe('quiet hours of config.json', () => {
  const quietHours = { fromHour: 1, toHour: 6, everyMinutes: 10, knownWithinMinutes: 18 };
  const read = (over: object, rest: object = {}) =>
    readConfig({ merchants, quietHours: { ...quietHours, ...over }, ...rest }).quietHours;

  it('are taken when they name what they cost, and say it', () => {
    expect(read({})).toMatchObject({ fromHour: 1, toHour: 6, everyMs: 600_000 });
    expect(read({})?.says).toContain('a paid order is fulfilled up to 10 minutes after its callback');
    expect(read({})?.says).toContain('known within 18 minutes instead of 10');
    const triggered = { inbox: { databaseTrigger: true }, store: { connections: 1_000 } };
    expect(read({}, triggered)?.says).toContain('as quick as by day');
    expect(readConfig({ merchants }).quietHours).toBeNull();
  });

  it.each<[string, object, string]>([
    ['nobody has agreed to the delay', { knownWithinMinutes: 10 }, 'it must be 18'],
    ['slots and timer are out of step', { everyMinutes: 15, knownWithinMinutes: 23 }, 'it must be 24'],
    ['they come too seldom for fulfilment', { everyMinutes: 20, knownWithinMinutes: 99 }, 'would be late'],
    ['they begin when they end', { toHour: 1 }, 'another hour'],
    ['they rest for too long', { everyMinutes: 60, knownWithinMinutes: 99 }, 'at most 30'],
  ])('are refused when %s', (_, over, why) => {
    expect(() => read(over)).toThrow(why);
  });

  it('are refused where an alarm’s window would pass without a run', () => {
    const watchdog = { alarms: { backlog: { windowMinutes: 5 } } };
    expect(() => read({}, { watchdog })).toThrow('a window of at least 10 minutes');
  });
});
