import { StoreError } from '../../../lib/store/errors';
import { later } from '../../../lib/values/instant';
import { START } from '../../store/builders';
import { describeStore } from '../../store/conformance';
import type { SettleStep, StoreHarness } from '../../store/harness';
import type { Step } from './state';
import { emptyState } from './state';
import { modelStore } from './store';

const STEP_OF: Readonly<Record<SettleStep, string>> = {
  order: 'settle.order',
  refund: 'settle.refund',
  discrepancy: 'settle.discrepancy',
  message: 'settle.message',
};

async function openModelHarness(): Promise<StoreHarness> {
  const state = emptyState();
  let now = START;
  let broken: string | null = null;
  const step: Step = async (name, effect) => {
    const result = effect();
    if (name !== broken) return result;
    broken = null;
    throw new StoreError('unavailable', 'the answer was lost');
  };
  return {
    store: modelStore(state, step),
    now: () => now,
    advance: (ms) => {
      now = later(now, ms);
    },
    close: async () => undefined,
    secondHandle: () => modelStore(state, step),
    interruptSettleAfter: (which) => {
      broken = STEP_OF[which];
    },
  };
}

describeStore('the model', openModelHarness);
