import { isPutOff, putOff, tryAgain, waitOn } from '../../lib/inbox/verdict';
import type { ClaimedMessage } from '../../lib/model/message';
import { readConfig } from '../../lib/config/config';
import { later } from '../../lib/values/instant';
import { MERCHANT, message, START } from '../store/builders';

const SETTINGS = {
  ...readConfig({ merchants: [{ subMchId: MERCHANT }] }).inbox,
  attempts: 5,
  backoff: { firstMs: 60_000, maxMs: 3_600_000 },
};
const HOUR = 3_600_000;

const claimed = (over: Partial<ClaimedMessage> = {}): ClaimedMessage => ({
  ...message(1),
  confirmedBy: ['callback'],
  attempts: 0,
  claims: 1,
  replays: 0,
  ...over,
});

const finishOf = (verdict: ReturnType<typeof tryAgain>) => verdict.settlement.finish;

test('a message is tried until its attempts are used up, after waits that double', () => {
  const after = (attempts: number) => finishOf(tryAgain(SETTINGS, claimed({ attempts }), START, 1, 'broken'));
  expect(after(0)).toEqual({ kind: 'retry', dueAt: later(START, 60_000), error: 'broken' });
  expect(after(3)).toEqual({ kind: 'retry', dueAt: later(START, 480_000), error: 'broken' });
  expect(after(4)).toEqual({ kind: 'dead', reason: 'too_many_attempts', error: 'broken' });
});

test('one that waits for something else spends no attempt, and waits longer the older it is', () => {
  const waits = (age: number, chance: number, mostMs?: number) => {
    const of = claimed({ attempts: 4, receivedAt: later(START, -age) });
    return finishOf(waitOn(SETTINGS, of, START, chance, 'no answer', mostMs));
  };
  const until = (ms: number) => ({ kind: 'wait', dueAt: later(START, ms), error: 'no answer' });
  expect(waits(0, 1)).toEqual(until(60_000));
  expect(waits(0, 0)).toEqual(until(30_000));
  expect(waits(10 * 60_000, 1)).toEqual(until(10 * 60_000));
  expect(waits(24 * HOUR, 1)).toEqual(until(HOUR));
  expect(waits(24 * HOUR, 1, 120_000)).toEqual(until(120_000));
  // Received by a clock that was ahead.
  expect(waits(-HOUR, 1)).toEqual(until(60_000));
});

test('one that the store failed is due in seconds however old it is, and is known by it', () => {
  const old = claimed({ receivedAt: later(START, -24 * HOUR) });
  const soon = finishOf(putOff(SETTINGS, old, START, 1, 'the store failed'));
  expect(soon).toMatchObject({ kind: 'wait', dueAt: later(START, 15_000) });
  expect(finishOf(putOff(SETTINGS, old, START, 0, 'the store failed'))).toMatchObject({
    dueAt: later(START, 7_500),
  });
  const quick = { ...SETTINGS, backoff: { firstMs: 1_000, maxMs: HOUR } };
  expect(finishOf(putOff(quick, old, START, 1, 'the store failed'))).toMatchObject({
    dueAt: later(START, 1_000),
  });

  const errorOf = ({ settlement: { finish } }: ReturnType<typeof tryAgain>) => ({
    lastError: 'error' in finish ? finish.error : null,
  });
  expect(isPutOff(errorOf(putOff(SETTINGS, old, START, 1, 'the store failed')))).toBe(true);
  expect(isPutOff(errorOf(waitOn(SETTINGS, old, START, 1, 'the store failed')))).toBe(false);
  expect(isPutOff({ lastError: null })).toBe(false);
});
