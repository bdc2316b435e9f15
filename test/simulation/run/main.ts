import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { SingleBar, Presets } from 'cli-progress';
import { playHistory, STORES, type StoreName } from '../history';
import { drawPlan } from '../plan/draw';
import { FAULTS } from '../faults/faults';
import { playFaults } from '../faults/report';
import { keepSeeds } from '../faults/seeds';
import { withBundledWorker } from './bundle';
import { playSeeds } from './crew';
import { failureReport, planText } from './report';

const USAGE = `npm run simulate -- [--seeds 5000] [--from 0] [--processes <cores>] [--store model|cloudbase|cloud]
npm run simulate -- --seed <one seed> [--trace] [--store model|cloudbase|cloud]
npm run simulate -- --faults [--only <part of a name>] [--keep]`;

/**
 * `npm run simulate`: plays seeds, prints how many, and prints the first that break a rule, shrunk.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '5000' },
      from: { type: 'string', default: '0' },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
      faults: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      keep: { type: 'boolean', default: false },
      store: { type: 'string', default: 'model' },
      processes: { type: 'string', default: String(availableParallelism()) },
    },
  });
  const store = storeOf(values.store);
  if (values.seed !== undefined) {
    await playOne(whole(values.seed), store, values.trace);
    return;
  }
  const [from, seeds, processes] = [whole(values.from), whole(values.seeds), whole(values.processes)];
  if (values.faults) {
    const faults = FAULTS.filter(({ name }) => name.includes(values.only));
    const { missed, seeds: found } = await playFaults(faults, processes, (line) => {
      console.log(line);
    });
    if (values.keep)
      keepSeeds(
        found,
        FAULTS.map(({ name }) => name),
      );
    console.log(`${faults.length} deliberate faults, ${missed.length} missed`);
    if (missed.length > 0) process.exitCode = 1;
    return;
  }
  const bar = new SingleBar(
    {
      format:
        '{bar} {value} of {total} histories, {duration_formatted}, {eta_formatted} left, {failures} failed',
    },
    Presets.rect,
  );
  bar.start(seeds, 0, { failures: 0 });
  const tally = await withBundledWorker([], (script) =>
    playSeeds({
      from,
      seeds,
      processes,
      store,
      script,
      progress: (histories, failures) => {
        bar.update(histories, { failures });
      },
    }),
  );
  bar.stop();
  const { histories, steps, seconds, failures } = tally;
  const rate = (histories / seconds).toFixed(0);
  console.log(
    `${histories} histories from seed ${from}, ${steps} steps, ${seconds.toFixed(1)} s, ${rate} histories/s: ${failures.length} broke a rule`,
  );
  for (const { seed, violation } of failures)
    console.log(`seed ${seed}: ${violation?.detail.slice(0, 300) ?? ''}`);
  const [first] = failures;
  if (first === undefined) return;
  process.exitCode = 1;
  console.log(await failureReport(first.seed, store));
}

async function playOne(seed: number, store: StoreName, isTraced: boolean): Promise<void> {
  const plan = drawPlan(seed);
  const { violation, trace, hash, steps } = await playHistory(plan, { traced: true, store });
  if (isTraced) {
    console.log(planText(plan));
    console.log(trace.join('\n'));
  }
  console.log(`seed ${seed}: ${steps} steps, ${hash ?? ''}: ${violation?.detail ?? 'no rule is broken'}`);
  if (violation === null) return;
  process.exitCode = 1;
  if (!isTraced) console.log(await failureReport(seed, store));
}

function storeOf(text: string): StoreName {
  const store = STORES.find((name) => name === text);
  if (store === undefined) throw new TypeError(`no store is called ${text}\n${USAGE}`);
  return store;
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new TypeError(`a whole number is needed, not ${text}\n${USAGE}`);
  return value;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
