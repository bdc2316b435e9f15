import { openSignIns } from '../../../server/operators/sign-ins';
import { later } from '../../../lib/values/instant';
import { START } from '../../store/builders';

/** Sign-ins on a clock that is set by hand. */
function signIns() {
  const time = { now: START };
  const opened = openSignIns({ now: () => time.now });
  const fail = (address: string, times: number) => {
    for (let n = 0; n < times; n += 1) opened.failed(address);
  };
  const pauseSeconds = (address: string) => opened.pauseSeconds(address);
  return { pauseSeconds, time, fail };
}

test('an address that shows wrong tokens pauses, longer each time, and no other address does', () => {
  const { fail, pauseSeconds, time } = signIns();
  fail('192.0.2.7', 4);
  expect(pauseSeconds('192.0.2.7')).toBe(0);
  fail('192.0.2.7', 1);
  expect(pauseSeconds('192.0.2.7')).toBe(1);
  fail('192.0.2.7', 3);
  expect(pauseSeconds('192.0.2.7')).toBe(8);
  fail('192.0.2.7', 20);
  expect(pauseSeconds('192.0.2.7')).toBe(60);
  expect(pauseSeconds('192.0.2.8')).toBe(0);
  time.now = later(time.now, 60_000);
  expect(pauseSeconds('192.0.2.7')).toBe(0);
});

test.each([
  ['2001:db8::1', '2001:db8::ffff'],
  ['2001:db8::1', '2001:db8:0:0:1:2:3:4'],
  ['2001:db8:1::', '2001:db8:1:0:9::'],
  ['fe80::1%eth0', 'fe80::2%eth1'],
])('%s and %s are of one network, which one caller may have whole', (one, other) => {
  const { fail, pauseSeconds } = signIns();
  fail(one, 5);
  expect(pauseSeconds(other)).toBe(1);
});

test.each([
  ['2001:db8::1', '2001:db8:0:1::1'],
  ['::ffff:192.0.2.7', '::ffff:192.0.2.8'],
  ['192.0.2.7', '192.0.3.7'],
])('%s and %s are callers of their own', (one, other) => {
  const { fail, pauseSeconds } = signIns();
  fail(one, 5);
  expect(pauseSeconds(one)).toBe(1);
  expect(pauseSeconds(other)).toBe(0);
});
