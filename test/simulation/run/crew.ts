import { fork } from 'node:child_process';
import { extname, join } from 'node:path';
import type { StoreName } from '../history';
import type { Order, Played } from './worker';

/** What came of many seeds. */
export interface Tally {
  readonly histories: number;
  readonly steps: number;
  readonly seconds: number;
  /** The first that broke a rule, by seed. */
  readonly failures: readonly Played[];
}

/** How many seeds are played. */
export interface SeedsToPlay {
  readonly from: number;
  readonly seeds: number;
  readonly processes: number;
  /** What they are played on; the model unless told. */
  readonly store?: StoreName;
  readonly progress: (histories: number, failures: number) => void;
  /** What plays them in each process; the worker beside this file unless told. */
  readonly script?: string;
  /** After so many failures no more are begun; 20 unless told. */
  readonly mostFailures?: number;
  /** A failure after which no more are begun either; none unless told. */
  readonly isEnough?: (failure: Played) => boolean;
}

/** A history takes milliseconds: one that is silent for so long hangs. */
const SILENT_MS = 120_000;

const CHUNK = 50;

/**
 * Plays seeds in several processes. Rejects when one of them fails or hangs, and names its seeds.
 */
export async function playSeeds({
  from,
  seeds,
  processes,
  store = 'model',
  progress,
  script = join(__dirname, `worker${extname(__filename)}`),
  mostFailures = 20,
  isEnough = () => false,
}: SeedsToPlay): Promise<Tally> {
  const begun = performance.now();
  const failures: Played[] = [];
  let next = from;
  let histories = 0;
  let steps = 0;
  let isOver = false;
  const end = from + seeds;

  const worker = (): Promise<void> =>
    new Promise((resolve, reject) => {
      // A history leaves much garbage and keeps little: a large nursery collects it cheaply.
      const child = fork(script, { execArgv: [...process.execArgv, '--max-semi-space-size=32'] });
      let order: Order | null = null;
      let left = 0;
      const silence = setTimeout(() => {
        stop(new Error(`seeds ${order?.from ?? ''} to ${order?.to ?? ''}: one of them hangs`));
      }, SILENT_MS);
      const stop = (error: Error | null): void => {
        clearTimeout(silence);
        child.removeAllListeners();
        child.kill();
        if (error === null) resolve();
        else reject(error);
      };
      const goOn = (): void => {
        if (next >= end || isOver) {
          stop(null);
          return;
        }
        order = { from: next, to: Math.min(end, next + CHUNK), store };
        next = order.to;
        left = order.to - order.from;
        child.send(order);
      };
      child.on('message', (played: Played) => {
        silence.refresh();
        histories += 1;
        steps += played.steps;
        if (played.violation !== null) {
          failures.push(played);
          isOver ||= failures.length >= mostFailures || isEnough(played);
        }
        progress(histories, failures.length);
        left -= 1;
        if (left === 0 || isOver) goOn();
      });
      child.on('exit', (code) => {
        stop(
          new Error(
            `seeds ${order?.from ?? ''} to ${order?.to ?? ''}: the process ended with ${String(code)}`,
          ),
        );
      });
      goOn();
    });

  await Promise.all(Array.from({ length: Math.min(processes, Math.ceil(seeds / CHUNK)) }, worker));
  return {
    histories,
    steps,
    seconds: (performance.now() - begun) / 1000,
    failures: failures.sort((a, b) => a.seed - b.seed),
  };
}
