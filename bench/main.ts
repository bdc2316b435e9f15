import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { benchAck } from './ack';
import { benchApiV3 } from './api-v3';
import { benchCloud } from './cloud';
import { benchPaidToFulfilled } from './cloud/paid-to-fulfilled';
import { benchRuns } from './cloud/runs';
import { benchColdStart } from './cold-start';
import { benchDrain } from './drain';
import type { Effort } from './effort';
import { FULL, QUICK } from './effort';
import { benchGrowth } from './growth';
import { benchIdle } from './idle';
import { benchLists } from './lists';
import { benchMatch } from './match';
import type { BenchTable } from './report';
import { machine, markdown } from './report';
import { benchMatching, benchStatementRun } from './statement';

/** The parts, in the order of the report. Each can run alone by its name. */
const PARTS: Readonly<Record<string, (effort: Effort) => Promise<BenchTable | readonly BenchTable[]>>> = {
  ack: benchAck,
  drain: benchDrain,
  growth: benchGrowth,
  'api-v3': benchApiV3,
  cloud: benchCloud,
  'cloud-runs': async () => [await benchRuns(), await benchPaidToFulfilled()],
  idle: () => benchIdle(),
  'cold-start': benchColdStart,
  lists: () => benchLists(),
  matching: () => benchMatching(),
  match: () => benchMatch(),
  'statement-run': () => benchStatementRun(),
};

/** These must be large: `--quick` skips them unless they are named. */
const LARGE: readonly string[] = ['lists', 'matching', 'match', 'statement-run'];

/** Hand-written notes on the figures, at the end of the report. */
const NOTES = 'docs/benchmarks-notes.md';

/**
 * `npm run bench` measures all parts, prints them, and writes `docs/benchmarks.md` and
 * `bench/results.json`. `-- --quick` measures the parts that need not be large; `-- ack drain` runs
 * those parts. Neither writes anything.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { quick: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0) {
    throw new TypeError(
      `there is no part ${unknown.join(', ')}: choose from ${Object.keys(PARTS).join(', ')}`,
    );
  }
  const tables: BenchTable[] = [];
  for (const [name, part] of Object.entries(PARTS)) {
    const wanted =
      positionals.length > 0 ? positionals.includes(name) : !values.quick || !LARGE.includes(name);
    if (!wanted) continue;
    const made = [await part(values.quick ? QUICK : FULL)].flat();
    tables.push(...made);
    for (const table of made) console.log(markdown(table));
  }
  if (values.quick || positionals.length > 0) return;
  const text = [
    '# Benchmarks',
    '',
    `Written by \`npm run bench\` on ${machine()}; what each figure means and what was tried stands at the end, in words written by hand (\`${NOTES}\`). Ratios were measured side by side in one run; absolute figures are this machine's.`,
    '',
    ...tables.map(markdown),
    readFileSync(NOTES, 'utf8').trim(),
    '',
  ].join('\n');
  writeFileSync('docs/benchmarks.md', text);
  writeFileSync('bench/results.json', `${JSON.stringify({ machine: machine(), tables }, null, 2)}\n`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
