import { isRecord } from '../../lib/values/json';
import type { Store } from '../../lib/store/port';

/**
 * The methods whose outcome only writes decide. They get no help: whatever they read themselves, of
 * what was written before or within the call, they may not see.
 */
const DECIDED_BY_WRITES: ReadonlySet<string> = new Set([
  'inbox.record',
  'inbox.settle',
  'inbox.replay',
  'inbox.dismiss',
  'inbox.postponeRedelivered',
  'inbox.settleRedelivered',
  'orders.create',
  'orders.note',
  'orders.noteRefundSaid',
  'orders.beginFulfilment',
  'orders.liftHold',
  'orders.releaseHold',
  'orders.finishFulfilment',
  'orders.retryFulfilment',
  'orders.askAgainAt',
  'orders.markStatement',
  'refunds.create',
  'refunds.note',
  'refunds.markStatement',
  'discrepancies.see',
  'discrepancies.resolve',
  'statementRuns.open',
  'statementRuns.save',
  'statementRuns.remove',
  'audit.append',
  'audit.addSeal',
  'approvals.create',
  'approvals.save',
  'signOffs.create',
  'signOffs.save',
  'itemNotes.create',
  'itemNotes.save',
  'figures.put',
  'figures.forgetBefore',
  'alarms.save',
  'alarms.raise',
  'alarms.lower',
  'waits.pullForward',
  'refundCounts.save',
  'shared.write',
]);

/**
 * A store for cases whose reads are behind without end: a read finds what was written when the
 * latest look of the case began. Looks (`find`, `list`, `claim` …) may wait for older writes, so a
 * case still sees what it wrote; nothing else may.
 */
export function behind(store: Store, catchUp: () => void): Store {
  return proxied(store, (port, of) =>
    isRecord(port)
      ? proxied(port, (method, name) => {
          if (typeof method !== 'function') return method;
          const helped = !DECIDED_BY_WRITES.has(`${of}.${name}`);
          return (...args: unknown[]): unknown => {
            if (helped) catchUp();
            return Reflect.apply(method, port, args);
          };
        })
      : port,
  );
}

function proxied<Target extends object>(
  target: Target,
  replace: (value: unknown, name: string) => unknown,
): Target {
  return new Proxy(target, {
    get: (of, name) => replace(Reflect.get(of, name), String(name)),
  });
}
