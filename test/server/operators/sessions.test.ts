import { instant, later } from '../../../lib/values/instant';
import { openSessions, SESSION_MS } from '../../../server/operators/sessions';

const OF = { name: 'li', sha256: 'a'.repeat(64), address: '127.0.0.1' };
const IDLE_MS = 1_800_000;

test('a clock that is set back lengthens no session', () => {
  const time = { now: instant(Date.parse('2026-03-02T10:00:00+08:00')) };
  const ended: string[] = [];
  const sessions = openSessions({ now: () => time.now }, IDLE_MS, ({ name }) => ended.push(name));
  const pass = (ms: number) => {
    time.now = later(time.now, ms);
  };
  const idle = sessions.begin(OF);
  pass(IDLE_MS - 1);
  expect(sessions.find(idle, false)).toMatchObject(OF);
  pass(-7 * 86_400_000);
  expect(sessions.find(idle, false)).toMatchObject(OF);
  pass(1);
  expect(sessions.find(idle, false)).toBeNull();
  const used = sessions.begin(OF);
  for (let past = 0; past < SESSION_MS; past += IDLE_MS / 2) {
    expect(sessions.find(used, true)).toMatchObject(OF);
    pass(IDLE_MS / 2);
    expect(sessions.find(used, true) === null).toBe(past + IDLE_MS / 2 >= SESSION_MS);
    pass(-3_600_000);
  }
  expect(sessions.find(used, true)).toBeNull();
  expect(ended).toEqual(['li', 'li']);
});
