import { openCloudBaseStore } from '../../../lib/store/cloudbase/store';
import { SCHEMA } from '../../../lib/store/cloudbase/schema';
import type { Store } from '../../../lib/store/port';
import { later } from '../../../lib/values/instant';
import type { Database } from '../../cloudbase/database/engine';
import { CloudBaseError } from '../../cloudbase/errors';
import {
  claimAt,
  day,
  discrepancy,
  MERCHANT,
  message,
  order,
  paidAt,
  paidBy,
  refund,
  settlement,
  START,
  tradeNo,
} from '../../store/builders';
import { onCloudBase } from '../../store/cloudbase/harness';
import { emptyState } from '../model/state';
import { randomOf } from '../random';
import { createScheduler } from '../scheduler';
import { answerTo } from './answers';
import { shownBySdk } from './errors';
import { drawPlatform, startPlatform } from './platform';
import { databaseOver } from './requests';

const PLAIN = {
  ...drawPlatform(0),
  readLagMs: 0,
  interleaves: false,
  duplicates: 'duplicate_write',
  updatedCounts: 'modified',
} as const;

function withoutSdk(): { readonly store: Store; readonly database: Database } {
  const random = randomOf(1);
  const platform = startPlatform(PLAIN, createScheduler(START, random), emptyState());
  const course = { random, look: () => undefined, pause: async () => undefined };
  const db = databaseOver(async (request) => {
    try {
      return await answerTo(platform, request, course);
    } catch (error) {
      throw error instanceof CloudBaseError ? shownBySdk(error) : error;
    }
  });
  return { store: openCloudBaseStore({ database: () => db }, fail), database: platform.database };
}

function fail(problem: Error): never {
  throw problem;
}

const now = later(START, 60_000);
const MESSAGES_CLAIM = claimAt(now);
const FULFILMENTS_CLAIM = claimAt(later(now, 1_000));

/** Every kind of request there is: what came of each. */
async function everything({ inbox, orders, refunds, discrepancies, shared, paces }: Store) {
  const claim = MESSAGES_CLAIM;
  const messages = [1, 2, 3].map((n) => message(n));
  const [first, second] = messages;
  if (first === undefined || second === undefined) throw new TypeError('no messages');
  const page = { after: null, limit: 2 };
  const change = paidBy(order(1), first, now);
  const done: unknown[] = [];
  const note = async (answer: Promise<unknown>): Promise<void> => void done.push(await answer);
  for (const one of [...messages, first]) await note(inbox.record(one));
  for (const n of [1, 2, 1]) await note(orders.create(order(n)));
  await note(orders.create(order(4, { payment: paidAt(4, now) })));
  await note(inbox.claim(claim));
  const seen = { discrepancies: [discrepancy(1, now)] };
  await note(inbox.settle(claim.token, now, [settlement(first, undefined, { change, ...seen })]));
  await note(inbox.find(first.key));
  await note(inbox.hasWork(later(now, 600_000)));
  await note(orders.claimFulfilments(FULFILMENTS_CLAIM));
  await note(orders.find([tradeNo(1), tradeNo(2), tradeNo(9)]));
  await note(orders.list({ payment: null, fulfilment: null, ...page }));
  await note(orders.markStatement([tradeNo(4)], { day: day(), round: 1, chunk: 2 }));
  await note(orders.absent({ subMchId: MERCHANT, day: day(), round: 1, ...page }));
  await note(orders.booked({ subMchId: MERCHANT, day: day(), after: null }));
  await note(refunds.create(refund(1)));
  await note(refunds.list({ state: null, ...page }));
  await note(discrepancies.see([discrepancy(1, now), discrepancy(2, now)]));
  await note(inbox.dismiss([second.key], 'lin', 'not ours', later(now, 600_000)));
  await note(shared.write({ key: 'a', version: null, value: { b: [1] }, expiresAt: later(now, 1), now }));
  await note(shared.read('a', now));
  await note(paces.take('refunds', { now, spanMs: 100, withinMs: 1_000 }));
  return done;
}

it(
  'what the adapter asks for without the SDK is what the SDK asks for',
  onCloudBase(async ({ store, gateway }) => {
    const bare = withoutSdk();
    expect(await everything(bare.store)).toEqual(await everything(store));
    const stored = (database: Database) =>
      Object.keys(SCHEMA).map((name) =>
        database.documents(name).map((document) => ({ ...document, firstDelivery: null })),
      );
    expect(stored(bare.database)).toEqual(stored(gateway.database));
  }),
);
