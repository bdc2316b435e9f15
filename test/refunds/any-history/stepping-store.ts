import type { Store } from '../../../lib/store/port';
import type { Step } from './world';

/** A store of which each call is one step. */
export function steppingStore(store: Store, step: Step): Store {
  const stepping = <Part extends object>(name: string, part: Part): Part =>
    new Proxy(part, {
      get(target, method, receiver) {
        const value: unknown = Reflect.get(target, method, receiver);
        if (typeof value !== 'function') return value;
        return (...args: readonly unknown[]): Promise<unknown> =>
          step(`${name}.${String(method)}`, async () => {
            const answer: unknown = await Reflect.apply(value, target, args);
            return answer;
          });
      },
    });
  return {
    chunk: store.chunk,
    inbox: stepping('inbox', store.inbox),
    orders: stepping('orders', store.orders),
    refunds: stepping('refunds', store.refunds),
    discrepancies: stepping('discrepancies', store.discrepancies),
    statementRuns: stepping('statementRuns', store.statementRuns),
    audit: stepping('audit', store.audit),
    approvals: stepping('approvals', store.approvals),
    signOffs: stepping('signOffs', store.signOffs),
    itemNotes: stepping('itemNotes', store.itemNotes),
    figures: stepping('figures', store.figures),
    alarms: stepping('alarms', store.alarms),
    waits: stepping('waits', store.waits),
    paces: stepping('paces', store.paces),
    refundCounts: stepping('refundCounts', store.refundCounts),
    shared: stepping('shared', store.shared),
    personal: stepping('personal', store.personal),
  };
}
