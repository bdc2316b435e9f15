import { writeFileSync } from 'node:fs';
import { benchAck } from './ack';
import { benchColdStart } from './cold-start';
import { benchDrainSqlite } from './drain-sqlite';
import { benchLists } from './lists';
import type { BenchTable } from './report';
import { machine, markdown } from './report';
import { benchMatching, benchStatementRun } from './statement';

/** `npm run bench`: measures, prints, and writes `docs/benchmarks.md` and `bench/results.json`. */
async function main(): Promise<void> {
  const tables: BenchTable[] = [];
  const benches = [
    ...[benchAck, benchDrainSqlite, () => benchLists(), coldStart],
    ...[benchMatching, benchStatementRun],
  ];
  for (const bench of benches) {
    const table = await bench();
    tables.push(table);
    console.log(markdown(table));
  }
  const text = [
    '# Benchmarks',
    '',
    `Written by \`npm run bench\` on ${machine()}. Ratios were measured side by side in one run; absolute figures are this machine's.`,
    '',
    ...tables.map(markdown),
    '## What stands in the way',
    '',
    'Acks: a CPU profile of the SQLite row spends a third of its time in the two inserts and the commit, on the thread that also reads and answers HTTP; the disk is waited for there too. Writing in a thread of its own would let the two cores share it. Drain: the time goes into reading and writing each order as JSON and into the rows of two tables per message; it does not depend on how many messages wait beside.',
    '',
    '## What CloudBase is asked',
    '',
    'Requests do not depend on the machine, so tests hold them: a new notification costs 1 database request and a repeat at most 2 (`test/build/payment.test.ts`, through the built bundle and the real SDK); 100 messages cost at most 6 beside the one conditional write per order (`test/store/cloudbase-requests.test.ts`).',
    '',
  ].join('\n');
  writeFileSync('docs/benchmarks.md', text);
  writeFileSync('bench/results.json', `${JSON.stringify({ machine: machine(), tables }, null, 2)}\n`);
}

async function coldStart(): Promise<BenchTable> {
  const { rounds, starts, ratio } = await benchColdStart();
  return {
    title: 'Cold start of payCallback: process start to first ack',
    columns: ['variant', 'ms (least–most)', 'resident MB', 'file KB'],
    rows: starts.map((start) => [
      start.variant,
      `${start.median.toFixed(0)} (${start.fastest.toFixed(0)}–${start.slowest.toFixed(0)})`,
      start.rssMb.toFixed(0),
      start.kilobytes.toFixed(0),
    ]),
    notes: [
      `${rounds} interleaved cold starts each, against a loopback CloudBase; \`bare\` answers without storing, \`unbundled\` is the same handler with the SDK in node_modules.`,
      `Ours takes ${ratio.toFixed(2)} × the unbundled SDK (goal: at most 0.45).`,
    ],
  };
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
