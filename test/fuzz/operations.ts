import fc from 'fast-check';
import { handleOps, OPS_NAMES } from '../../lib/ops/handle';
import { emptyState } from '../simulation/model/state';
import { modelStore } from '../simulation/model/store';
import { operateOn } from '../ops/operating';
import { message, order, START } from '../store/builders';
import { awkward, mutated } from './mutations';
import { propertyOf, type Target } from './target';

const PARAMS = {
  after: `${START} order-000001`,
  limit: 10,
  state: 'dead',
  reason: 'mismatch',
  from: START,
  to: START + 1,
  text: 'order',
  outTradeNo: 'order-000001',
  key: message(1).key,
  id: '1900000109:20260301',
  unmask: false,
  action: 'replay_message',
  names: [message(1).key, 'order-000001'],
  why: 'a reason',
};

const operators = fc.constantFrom(
  null,
  { name: 'li', role: 'act' } as const,
  { name: 'wu', role: 'read' } as const,
);
const requests = fc.oneof(
  fc
    .tuple(fc.constantFrom(...OPS_NAMES, '__proto__', 'constructor', 'toString', ''), mutated([PARAMS]))
    .map(([op, params]) => ({ ...params, op })),
  fc
    .tuple(fc.constantFrom(...OPS_NAMES), fc.constantFrom(...Object.keys(PARAMS)), awkward)
    .map(([op, name, value]) => ({ ...PARAMS, op, [name]: value })),
  awkward,
);

/**
 * The operator API: an answer to every request, nothing for strangers, no changes by read-only
 * operators.
 */
export const operations: Target = {
  name: 'operations',
  share: 60,
  open: async () => {
    const state = emptyState();
    const store = modelStore(state, async (_name, effect) => effect());
    await store.orders.create(order(1));
    await store.inbox.record(message(1));
    const { deps } = operateOn(store, () => START);
    const holds = async ({ by, request }: { by: Parameters<typeof handleOps>[1]; request: unknown }) => {
      const version = state.orders.get(order(1).outTradeNo)?.order.version;
      const audited = state.audit.size;
      const reply = await handleOps(deps, by, request);
      JSON.stringify(reply);
      if (!reply.ok && reply.code === 'INTERNAL') throw new Error('it broke inside');
      if (by === null && reply.ok) throw new Error('a stranger was answered');
      if (by?.role === 'act') return;
      if (state.orders.get(order(1).outTradeNo)?.order.version !== version)
        throw new Error('a reader changed an order');
      if (by === null && state.audit.size !== audited) throw new Error('a stranger wrote into the record');
    };
    return {
      property: propertyOf(fc.record({ by: operators, request: requests }), holds),
      close: async () => undefined,
    };
  },
};
