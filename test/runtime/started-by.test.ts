import { helperEvent, startedBy } from '../../lib/hosting/cloud/started-by';

test.each([
  [{ Type: 'Timer', TriggerName: 'processInboxTimer', Time: '2026-03-01T04:00:00Z' }, 'timer'],
  [undefined, 'by_hand'],
  [{}, 'by_hand'],
  [{ userInfo: { appId: 'wx1' } }, 'by_hand'],
  [{ data: { docId: 'payment:1' } }, 'database'],
  [{ event: 'insert' }, 'database'],
])('a run with the event %j is started by %s', (event, by) => {
  expect(startedBy(event, true)).toEqual({ by });
});

test('a run with any other event is a person’s where there is no database trigger', () => {
  expect(startedBy({ key: 'value' }, false)).toEqual({ by: 'by_hand' });
  expect(startedBy({ Type: 'Timer' }, false)).toEqual({ by: 'timer' });
});

test('a helper is told how long the run that started it goes on', () => {
  expect(startedBy(helperEvent(41_000.7), false)).toEqual({ by: 'helper', forMs: 41_000 });
  expect(startedBy({ wxpayInboxHelper: { forMs: 'long' } }, false)).toEqual({ by: 'helper', forMs: 0 });
});
