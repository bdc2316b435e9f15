import type { Settlement } from '../../../lib/store/port';
import { later } from '../../../lib/values/instant';
import {
  claimAt,
  day,
  doneRun,
  LEASE_MS,
  message,
  order,
  paidBy,
  settlement,
  statementRun,
  tradeNo,
} from '../builders';
import type { OpenHarness, StoreHarness } from '../harness';
import { otherHost, withHarness } from '../harness';

/** Both orders in which two hosts can end what each of them has claimed. */
const TURNS = [
  ['the first host', ['first', 'second']],
  ['the second host', ['second', 'first']],
] as const;

/**
 * Two hosts whose clocks may differ. Where leases go by the clocks of the hosts, one that is ahead
 * takes what the other one still works on. That must do no harm: the token decides, not the time.
 */
export function clockCases(open: OpenHarness): void {
  describe.each(TURNS)('two hosts, each with a clock of its own, when %s ends first', (_, turns) => {
    it(
      'end a message once, change its order once, and spend no attempt',
      withHarness(open, async (harness) => {
        const { store, now } = harness;
        const { first, second } = await hosts(harness);
        await store.inbox.record(message(1));
        await store.orders.create(order(1));
        const ends = await inTurn(turns, {
          first: await holdingMessage(first),
          second: await holdingMessage(second),
        });
        expect([...ends].sort()).toEqual(['lease_lost', 'settled']);
        expect(await store.orders.find([tradeNo(1)])).toMatchObject([
          { version: 2, payment: { state: 'paid' }, fulfilment: { state: 'due' } },
        ]);
        expect(await store.inbox.find(message(1).key)).toMatchObject({ state: 'done', attempts: 0 });
        expect(await store.inbox.backlog(now())).toMatchObject({ pending: 0, dead: 0 });
      }),
    );

    it(
      'end a fulfilment once',
      withHarness(open, async (harness) => {
        const { store, now } = harness;
        const { first, second } = await hosts(harness);
        await store.inbox.record(message(1));
        await store.orders.create(order(1));
        await (
          await holdingMessage({ store, now })
        )();
        const ends = await inTurn(turns, {
          first: await holdingFulfilment(first),
          second: await holdingFulfilment(second),
        });
        expect([...ends].sort()).toEqual([false, true]);
        const [after] = await store.orders.find([tradeNo(1)]);
        expect(after?.fulfilment).toMatchObject({ state: 'done' });
        expect(after?.history.filter(({ event }) => event === 'fulfilled')).toHaveLength(1);
      }),
    );

    it(
      'save a statement run once',
      withHarness(open, async (harness) => {
        const { store, now } = harness;
        const { first, second } = await hosts(harness);
        await store.statementRuns.open(statementRun(0));
        const ends = await inTurn(turns, {
          first: await holdingRun(first),
          second: await holdingRun(second),
        });
        expect([...ends].sort()).toEqual([false, true]);
        expect(await store.statementRuns.find(statementRun(0).id)).toMatchObject({
          day: day(),
          lease: null,
          work: { state: 'done' },
        });
        expect(await store.statementRuns.isDue(later(now(), LEASE_MS))).toBe(false);
      }),
    );
  });

  it(
    'two hosts take nothing from each other while a lease lasts longer than their clocks differ',
    withHarness(open, async (harness) => {
      const { first, second } = await hosts(harness);
      const apartMs = Math.abs(second.now() - first.now());
      const claim = (host: Host) =>
        host.store.inbox.claim(
          claimAt(host.now(), { limit: 1, leaseUntil: later(host.now(), apartMs + LEASE_MS) }),
        );
      for (const n of [1, 2]) await first.store.inbox.record(message(n));
      // Due for a host that is behind, too.
      harness.advance(apartMs);
      const claimed = [await claim(first), await claim(second), await claim(first), await claim(second)];
      expect(claimed.map((batch) => batch.length)).toEqual([1, 1, 0, 0]);
      harness.advance(2 * apartMs + LEASE_MS);
      const again = [await claim(second), await claim(first)];
      expect(again.map((batch) => batch.length)).toEqual([1, 1]);
    }),
  );
}

type Host = Pick<StoreHarness, 'store' | 'now'>;

async function hosts(harness: StoreHarness): Promise<Readonly<Record<'first' | 'second', Host>>> {
  return { first: harness, second: await otherHost(harness) };
}

/** Ends what both hold, one after the other. */
async function inTurn<Result>(
  turns: readonly ('first' | 'second')[],
  ending: Readonly<Record<'first' | 'second', () => Promise<Result>>>,
): Promise<readonly Result[]> {
  const ends: Result[] = [];
  for (const host of turns) ends.push(await ending[host]());
  return ends;
}

/**
 * Claims the message, and settles it as one that makes its order paid; as a duplicate where the
 * other host has done that, without having ended the message.
 */
async function holdingMessage({ store, now }: Host) {
  const request = claimAt(now());
  await store.inbox.claim(request);
  const settle = async (one: Settlement) => (await store.inbox.settle(request.token, now(), [one]))[0];
  const change = paidBy(order(1), message(1), now());
  return async () => {
    const end = await settle(settlement(message(1), undefined, { change }));
    return end === 'stale' ? settle(settlement(message(1), { kind: 'done', outcome: 'repeat' })) : end;
  };
}

/** Claims the fulfilment and begins it where it is given; ends it as done. */
async function holdingFulfilment({ store, now }: Host) {
  const request = claimAt(now());
  const [claimed] = await store.orders.claimFulfilments(request);
  if (claimed !== undefined)
    await store.orders.beginFulfilment(request.token, now(), tradeNo(1), claimed.version);
  const done = { kind: 'done', receipt: null } as const;
  return () => store.orders.finishFulfilment(request.token, now(), tradeNo(1), done);
}

/** Claims the run, and saves it as done. */
async function holdingRun({ store, now }: Host) {
  const { limit: _, ...request } = claimAt(now());
  await store.statementRuns.claim(request);
  return () => store.statementRuns.save(request.token, now(), doneRun(now()));
}
