import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { parseJson } from '../lib/values/json';
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

/** Where the figures are kept, for the report. */
const RESULTS = 'bench/results.json';

/** A part's tables, with the day and the machine on which they were measured. */
interface Measured {
  readonly part: string;
  readonly day: string;
  readonly machine: string;
  readonly tables: readonly BenchTable[];
}

/**
 * `npm run bench` measures all parts, prints them, and writes `docs/benchmarks.md` and
 * `bench/results.json`. `-- --quick` measures the parts that need not be large, roughly; `-- ack
 * drain` measures those parts. Neither writes anything, but `-- ack drain --keep` puts those parts
 * in the place of what was written of them before.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { quick: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0) {
    throw new TypeError(
      `there is no part ${unknown.join(', ')}: choose from ${Object.keys(PARTS).join(', ')}`,
    );
  }
  if (values.keep && values.quick) throw new TypeError('what --quick measures is too rough to keep');
  const measured: Measured[] = [];
  for (const [name, part] of Object.entries(PARTS)) {
    const wanted =
      positionals.length > 0 ? positionals.includes(name) : !values.quick || !LARGE.includes(name);
    if (!wanted) continue;
    const tables = [await part(values.quick ? QUICK : FULL)].flat();
    measured.push({ part: name, day: new Date().toISOString().slice(0, 10), machine: machine(), tables });
    for (const table of tables) console.log(markdown(table));
  }
  if (values.keep || (!values.quick && positionals.length === 0)) write(measured);
}

/** Writes the report: these parts, and of all others what was measured before. */
function write(measured: readonly Measured[]): void {
  const before = keptResults.parse(parseJson(readFileSync(RESULTS, 'utf8')));
  const all = Object.keys(PARTS).flatMap((name) => {
    const one = [...measured, ...before].find(({ part }) => part === name);
    return one === undefined ? [] : [one];
  });
  const text = [
    '# Benchmarks',
    '',
    `Written by \`npm run bench\`; what each figure means and what was tried stands at the end, in words written by hand (\`${NOTES}\`). Ratios were measured side by side in one run; absolute figures are their machine's.`,
    '',
    ...all.flatMap(({ day, machine: where, tables }) => tables.map((table) => section(table, day, where))),
    readFileSync(NOTES, 'utf8').trim(),
    '',
  ].join('\n');
  writeFileSync('docs/benchmarks.md', text);
  writeFileSync(RESULTS, `${JSON.stringify(all, null, 2)}\n`);
}

function section(table: BenchTable, day: string, where: string): string {
  return markdown({ ...table, notes: [...table.notes, `Measured on ${day}: ${where}.`] });
}

const keptResults = z.array(
  z.object({
    part: z.string(),
    day: z.string(),
    machine: z.string(),
    tables: z.array(
      z.object({
        title: z.string(),
        columns: z.array(z.string()),
        rows: z.array(z.array(z.string())),
        notes: z.array(z.string()),
      }),
    ),
  }),
);

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
