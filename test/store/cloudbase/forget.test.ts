import { dayOf } from '../../../lib/values/day';
import {
  claimAt,
  message,
  NEXT_DAY,
  NO_TALLY,
  recordRange,
  settlement,
  START,
  statementRun,
} from '../builders';
import { onCloudBase, type CloudBaseHarness } from './harness';

/** Records `count` messages and ends them. */
async function ended({ store, now }: CloudBaseHarness, count: number): Promise<void> {
  await recordRange(store, 0, count);
  const request = claimAt(now(), { limit: count });
  const claimed = await store.inbox.claim(request);
  await store.inbox.settle(
    request.token,
    now(),
    claimed.map((one) => settlement(one)),
  );
}

describe('forgetting on CloudBase', () => {
  it(
    'costs 2 requests for each batch of messages, 1 where there is nothing to remove, and 2 for a run',
    onCloudBase(async (harness) => {
      const { store, gateway, now } = harness;
      const cost = async (work: () => Promise<unknown>) => {
        const before = gateway.countRequests();
        await work();
        return gateway.countRequests() - before;
      };
      await ended(harness, 300);
      const query = { state: 'done', before: NEXT_DAY, after: null, limit: 200 } as const;
      expect(await cost(() => store.inbox.forget({ ...query, before: START }))).toBe(1);
      expect(await cost(() => store.inbox.forget(query))).toBe(2);
      expect(await cost(() => store.inbox.forget(query))).toBe(2);
      expect(await cost(() => store.inbox.forget(query))).toBe(1);

      const report = {
        outcome: 'none',
        statement: null,
        file: null,
        refusal: null,
        tally: NO_TALLY,
      } as const;
      const work = { state: 'done', report: { ...report, workedMs: 0, finishedAt: now() } } as const;
      const old = statementRun(0, { work });
      await store.statementRuns.open(old);
      const runs = { before: dayOf(NEXT_DAY), after: null, limit: 10 };
      expect(await cost(() => store.statementRuns.doneBefore(runs))).toBe(1);
      expect(await cost(() => store.statementRuns.remove(old.id, old.round))).toBe(1);
    }),
  );

  it(
    'keeps what was replayed, or heard again, between its two requests',
    onCloudBase(async (harness) => {
      const { store, gateway } = harness;
      await ended(harness, 3);
      const removal = gateway.faults.add({
        match: { action: 'database.removeDocument' },
        effect: { kind: 'hang' },
      });
      const other = harness.secondHandle();
      const forgetting = store.inbox.forget({ state: 'done', before: NEXT_DAY, after: null, limit: 10 });
      await removal.struck;
      await other.inbox.record({ ...message(1), receivedAt: NEXT_DAY });
      removal.release();
      expect(await forgetting).toEqual({ removed: 2, next: null });
      expect(await store.inbox.find(message(1).key)).toMatchObject({ state: 'done', deliveries: 2 });
    }),
  );
});
