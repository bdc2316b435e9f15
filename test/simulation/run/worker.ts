import { playHistory, type StoreName } from '../history';
import { drawPlan } from '../plan/draw';

/** What a worker process is told: play these seeds. */
export interface Order {
  readonly from: number;
  readonly to: number;
  readonly store: StoreName;
}

/** What it answers for each. */
export interface Played {
  readonly seed: number;
  readonly steps: number;
  readonly violation: { readonly rule: string; readonly detail: string } | null;
}

/** A process that plays the seeds it is told to. */
async function play({ from, to, store }: Order): Promise<void> {
  for (let seed = from; seed < to; seed += 1) {
    const stray: unknown[] = [];
    const note = (reason: unknown): void => void stray.push(reason);
    process.on('unhandledRejection', note);
    const { steps, violation } = await playHistory(drawPlan(seed), { store });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    const rejection = stray.length === 0 ? null : { rule: 'no_stray_rejection', detail: String(stray[0]) };
    const played: Played = { seed, steps, violation: violation ?? rejection };
    process.send?.(played);
  }
}

process.on('message', (order: Order) => void play(order));
process.on('disconnect', () => process.exit(0));
