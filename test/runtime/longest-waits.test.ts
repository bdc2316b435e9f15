import { readConfig } from '../../lib/config/config';
import { longestWaits } from '../../lib/hosting/longest-waits';

const MINUTE = 60_000;

test('nothing is put off for longer than the settings say', () => {
  const config = readConfig({
    merchants: [{ subMchId: '1900000109' }],
    inbox: { leaseSeconds: 30, backoff: { firstSeconds: 1, maxSeconds: 100 } },
    fulfilment: { timeoutSeconds: 10, backoff: { firstSeconds: 1, maxSeconds: 200 } },
    statement: { notYetMinutes: 9, leaseSeconds: 90, backoff: { firstSeconds: 1, maxSeconds: 300 } },
    reconcileOrders: { askAfterMinutes: [1, 3, 10] },
    refunds: { askAfterMinutes: [1, 30, 200], fundsRetryMinutes: 60 },
  });
  expect(longestWaits(config)).toEqual({
    messages: { dueMs: 100_000, leaseMs: 30_000 },
    fulfilments: { dueMs: 200_000, leaseMs: 30_000 },
    runs: { dueMs: 9 * MINUTE, leaseMs: 90_000 },
    orderAsks: [1.1 * MINUTE, 2.2 * MINUTE, 7.7 * MINUTE].map(Math.round),
    refundAsks: [60 * MINUTE, 60 * MINUTE, 187 * MINUTE],
  });
});
