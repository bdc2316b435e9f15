import type { Instant } from '../../values/instant';
import type { LatestAsks, LatestClaim, LatestWaits, Waits } from '../ports/waits-port';
import type { Askable } from './base/asks';
import { askGroups } from './base/ask-groups';
import { askable } from './base/asks';
import { modify, type Database, type Fields } from './base/database';
import type { CollectionName } from './schema';

/** A kind of item that can be claimed, and its time fields. */
interface Claimed {
  readonly collection: CollectionName;
  readonly prefix: '' | 'fulfilment.';
  readonly waiting: Fields;
  /** Of those, the ones whose time a clock has set. */
  readonly due: Fields;
  /** What else such a write changes. */
  readonly raise: Fields;
}

/** Pulls forward what waits too long, on CloudBase. Each write is safe to repeat. */
export function waitsOn(db: Database): Waits {
  const { in: oneOf, inc, gt } = db.command;
  const messages: Claimed = {
    collection: 'wxpay_inbox',
    prefix: '',
    waiting: { state: 'pending' },
    due: {},
    raise: {},
  };
  const fulfilments: Claimed = {
    collection: 'wxpay_orders',
    prefix: 'fulfilment.',
    waiting: { 'fulfilment.state': 'due' },
    due: {},
    raise: { version: inc(1) },
  };
  const runs: Claimed = {
    collection: 'wxpay_statement_runs',
    prefix: '',
    waiting: { state: oneOf(['waiting', 'matching']) },
    due: { attempts: gt(0) },
    raise: {},
  };
  return {
    async pullForward(latest: LatestWaits, onlyOrderAsks = false) {
      const { now } = latest;
      if (onlyOrderAsks) return asksNear(db, 'wxpay_orders', ORDERS, now, latest.orderAsks);
      const changed = await Promise.all([
        ...claimsNear(db, messages, now, latest.messages),
        ...claimsNear(db, fulfilments, now, latest.fulfilments),
        ...claimsNear(db, runs, now, latest.runs),
        asksNear(db, 'wxpay_orders', ORDERS, now, latest.orderAsks),
        asksNear(db, 'wxpay_refunds', REFUNDS, now, latest.refundAsks),
      ]);
      return changed.reduce((sum, one) => sum + one, 0);
    },
  };
}

type Asked = Pick<Askable<unknown>, 'stateField' | 'states'>;

const ORDERS: Asked = { stateField: 'payment.state', states: ['pending'] };
const REFUNDS: Asked = { stateField: 'progress.state', states: ['requested', 'processing', 'abnormal'] };

function claimsNear(
  db: Database,
  { collection, prefix, waiting, due, raise }: Claimed,
  now: Instant,
  { dueBy, leaseUntil }: LatestClaim,
): readonly Promise<number>[] {
  const { gt } = db.command;
  const change = (having: Fields, data: Fields): Promise<number> =>
    modify(collection, db.collection(collection).where({ ...waiting, ...having }), { ...raise, ...data });
  return [
    change({ ...due, [`${prefix}dueAt`]: gt(dueBy) }, { [`${prefix}dueAt`]: now }),
    change({ [`${prefix}leaseUntil`]: gt(leaseUntil) }, { [`${prefix}leaseUntil`]: leaseUntil }),
  ];
}

function asksNear(
  db: Database,
  collection: CollectionName,
  asked: Asked,
  now: Instant,
  latest: LatestAsks,
): Promise<number> {
  const { and, gt, gte, in: oneOf, or } = db.command;
  const tooLate = askGroups(latest).map(({ from, to, at }) => ({
    asks: to === null ? gte(from) : oneOf(Array.from({ length: to - from + 1 }, (_, n) => from + n)),
    nextAskAt: gt(at),
  }));
  const query = db.collection(collection).where(and(askable(asked, db), or(...tooLate)));
  return modify(collection, query, { nextAskAt: now });
}
