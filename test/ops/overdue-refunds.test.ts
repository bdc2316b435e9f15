import { keyOf } from '../../lib/model/message';
import { claimAt, message, refund, refundNo, refundOf, settlement } from '../store/builders';
import { withHarness } from '../store/harness';
import { openSqliteHarness } from '../store/sqlite/harness';
import { listener, told, watchdog } from './watching';

const MINUTE = 60_000;

it.each(['requested', 'processing'] as const)(
  'the watchdog tells of a refund that is %s for more than a week, and when it has ended',
  (state) =>
    withHarness(openSqliteHarness, async ({ store, now, advance }) => {
      const robot = listener('one');
      const progress =
        state === 'requested' ? ({ state } as const) : { state, refundId: null, acceptedAt: now() };
      await store.refunds.create(refund(1, { createdAt: now(), progress }));
      const { run } = watchdog(store, now, [robot]);
      advance(7 * 24 * 60 * MINUTE);
      await run();
      expect(told(robot)).toEqual([]);
      advance(MINUTE);
      await run();
      expect(told(robot)).toEqual(['overdue_refunds 100']);
      const [open] = await store.refunds.find([refundNo(1)]);
      const content = { kind: 'refund', refund: refundOf(1, { state: 'closed' }) } as const;
      const closing = message(1, { content, key: keyOf(content, 'platform') });
      await store.inbox.record(closing);
      const claim = claimAt(now());
      await store.inbox.claim(claim);
      const known = { knownAt: now(), knownBy: 'callback', evidence: closing.key } as const;
      const end = {
        kind: 'change',
        outRefundNo: refundNo(1),
        expectedVersion: open?.version ?? 0,
        progress: { state: 'closed', reason: null, ...known },
        entry: { at: now(), event: 'refund_closed', path: 'callback', evidence: closing.key },
      } as const;
      expect(
        await store.inbox.settle(claim.token, now(), [settlement(closing, undefined, { refund: end })]),
      ).toEqual(['settled']);
      await run();
      advance(16 * MINUTE);
      await run();
      expect(told(robot)).toEqual(['overdue_refunds 100', 'overdue_refunds 0']);
    })(),
);
