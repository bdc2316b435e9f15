import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { isLeaseToken, type LeaseToken } from '../../../lib/model/lease';
import { isRecord } from '../../../lib/values/json';
import { later } from '../../../lib/values/instant';
import { openData } from '../../../server/data/data';
import {
  claimAt,
  LEASE_MS,
  message,
  order,
  paidAt,
  settlement,
  START,
  statementRun,
  tradeNo,
} from '../../store/builders';
import { inFolder } from '../running';
import { nodeRuns } from '../../compiled/compiled';

/** What the process that is killed says it holds. */
interface Held {
  readonly claimed: unknown;
  readonly tokens: readonly LeaseToken[];
}

async function holder(folder: string): Promise<{ readonly child: ChildProcess; readonly held: Held }> {
  const script = join(__dirname, '..', 'fixtures', 'holds-leases.ts');
  const child = spawn(process.execPath, [...nodeRuns(script), folder, String(START)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: unknown[] = await once(child.stdout, 'data');
  const said: unknown = JSON.parse(String(chunks[0]));
  if (!isRecord(said) || !Array.isArray(said['tokens'])) throw new TypeError('it said nothing');
  return { child, held: { claimed: said['claimed'], tokens: said['tokens'].filter(isLeaseToken) } };
}

test('what a process held that was killed is due to the next one in the same instant, and the dead one can finish none of it', () =>
  inFolder(async (folder) => {
    const before = openData(folder, 'here', START);
    await before.store.inbox.record(message(1));
    const due = {
      payment: paidAt(2, START),
      fulfilment: { state: 'due', attempts: 0, dueAt: START, lease: null, lastError: null },
    } as const;
    await before.store.orders.create(order(2, due));
    await before.store.statementRuns.open(statementRun(0, { dueAt: START }));
    before.close();

    const { child, held } = await holder(folder);
    try {
      expect(held.claimed).toEqual([1, 1, 1]);
      expect(() => openData(folder, 'here', START)).toThrow(/another server uses this data folder/);
    } finally {
      child.kill('SIGKILL');
    }
    await once(child, 'exit');

    const { store, close } = openData(folder, 'here', START);
    try {
      const now = later(START, 1);
      expect(now).toBeLessThan(later(START, LEASE_MS));
      const [forMessages, forFulfilments, forRuns] = held.tokens;
      if (forMessages === undefined || forFulfilments === undefined || forRuns === undefined)
        throw new TypeError('a token is missing');
      // The dead one cannot write any more; its tokens are worth nothing all the same.
      expect(await store.inbox.settle(forMessages, now, [settlement(message(1))])).toEqual(['lease_lost']);
      expect(
        await store.orders.finishFulfilment(forFulfilments, now, tradeNo(2), { kind: 'done', receipt: null }),
      ).toBe(false);
      expect(await store.statementRuns.save(forRuns, now, statementRun(0))).toBe(false);

      expect(await store.inbox.claim(claimAt(now))).toMatchObject([{ key: message(1).key, claims: 2 }]);
      expect(await store.orders.claimFulfilments(claimAt(now))).toMatchObject([{ outTradeNo: tradeNo(2) }]);
      expect(await store.statementRuns.claim(claimAt(now))).toMatchObject({ id: statementRun(0).id });
    } finally {
      close();
    }
  }));
