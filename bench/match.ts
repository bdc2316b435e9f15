import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRecord, parseJson } from '../lib/values/json';
import { writeBooks, writeWorkbook } from './match/orders-files';
import type { BenchTable } from './report';
import { goal, spreadOf, whole } from './report';
import { requireAllFound, writeBigDay, type Found } from './statement/big-day';

const ROUNDS = 3;
const SMALL = 1_000;
const WORKBOOK = 100_000;
const LARGE = 1_000_000;
/** Debian's Python; pandas is its package `python3-pandas`. */
const PYTHON = '/usr/bin/python3';
const JSON_BYTES = 64 * 1024 * 1024;

/** One run of a whole command, from its start to its end. */
interface Run {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMib: number;
}

interface Ran {
  readonly seconds: number;
  readonly stdout: string;
}

/**
 * Measures the accountant's command as it is started, beside a script that does the same comparison
 * with pandas. Both read a bill of a day, its orders and its refunds. Rejects when one of them
 * misses a planted difference, or finds one that was not planted.
 */
export async function benchMatch(): Promise<BenchTable> {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-match-'));
  const pandas = await hasPandas();
  const table: string[][] = [];
  const medians = new Map<string, Run>();
  const keep = (rows: number, name: string, runs: readonly Run[]) => {
    const median = (what: keyof Run) => spreadOf(runs.map((one) => one[what])).median;
    const run = { seconds: median('seconds'), cpuSeconds: median('cpuSeconds'), peakMib: median('peakMib') };
    medians.set(`${name} ${rows}`, run);
    const figures = [run.seconds.toFixed(2), run.cpuSeconds.toFixed(2), whole(run.peakMib)];
    table.push([whole(rows), name, ...figures]);
  };
  try {
    const bare: number[] = [];
    for (const rows of [SMALL, WORKBOOK, LARGE]) {
      const file = (name: string) => join(folder, `${rows}-${name}`);
      const [bill, orders, refunds] = [file('bill.csv'), file('orders.csv'), file('refunds.csv')];
      await writeBigDay(bill, rows);
      await writeBooks(rows, orders, refunds);
      const [csv, xlsx, peer] = [new Array<Run>(), new Array<Run>(), new Array<Run>()];
      const book = file('orders.xlsx');
      if (rows === WORKBOOK) writeWorkbook(rows, book);
      // The first run of the command makes its bundle.
      await match(folder, rows, [bill, orders, refunds]);
      for (let round = 0; round < ROUNDS; round += 1) {
        csv.push(await match(folder, rows, [bill, orders, refunds]));
        if (rows === WORKBOOK) xlsx.push(await match(folder, rows, [bill, book, refunds]));
        if (pandas) peer.push(await withPandas(rows, [bill, orders, refunds]));
        if (rows === SMALL) bare.push((await run(process.execPath, ['-e', '0'])).seconds);
      }
      keep(rows, CSV, csv);
      if (xlsx.length > 0) keep(rows, XLSX, xlsx);
      if (peer.length > 0) keep(rows, PANDAS, peer);
    }
    const at = (name: string, rows: number, what: keyof Run) => medians.get(`${name} ${rows}`)?.[what] ?? NaN;
    const start = spreadOf(bare).median;
    return {
      title: 'The accountant’s command: a bill beside orders and refunds',
      columns: ['rows', 'way', 's', 'CPU s', 'peak MiB'],
      rows: table,
      notes: [
        `Whole processes from start to end, ${ROUNDS} interleaved runs, medians. The bill has as many rows as orders and refunds together. The 5 planted differences of every 500 rows are found by both, or the bench fails; the script looks at numbers and amounts only, and does not prove the bill by its summary.${pandas ? '' : ' pandas is not installed here (`apt-get install python3-pandas`).'}`,
        goal('1,000,000 × 1,000,000 rows, s', at(CSV, LARGE, 'seconds'), 'at most', 25),
        goal('Its peak, MiB', at(CSV, LARGE, 'peakMib'), 'at most', 300),
        goal('1,000 rows, s', at(CSV, SMALL, 'seconds'), 'at most', 1.5 * start + 0.15),
        `That goal is 1.5 × \`node -e 0\`, which took ${start.toFixed(3)} s, plus 0.15 s.`,
        goal('Orders of 100,000 rows as xlsx, s', at(XLSX, WORKBOOK, 'seconds'), 'at most', 15),
      ],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const CSV = '`npm run match`';
const XLSX = '`npm run match`, orders as xlsx';
const PANDAS = 'pandas';

type Files = readonly [bill: string, orders: string, refunds: string];

async function match(folder: string, rows: number, [bill, orders, refunds]: Files): Promise<Run> {
  const used = join(folder, 'used.json');
  // As `npm run match` starts it.
  const flags = ['--max-semi-space-size=4', '--require', join(__dirname, 'match', 'used.cjs')];
  const args = ['accountant/start.mjs', '--bill', bill, '--orders', orders, '--orders', refunds, '--json'];
  const { seconds, stdout } = await run(process.execPath, [...flags, ...args], { BENCH_USED_FILE: used });
  const report = parseJson(stdout);
  requireAllFound(CSV, rows, foundIn(isRecord(report) ? report['byClass'] : null));
  return { seconds, ...usedIn(readFileSync(used, 'utf8')) };
}

async function withPandas(rows: number, files: Files): Promise<Run> {
  const { seconds, stdout } = await run(PYTHON, [join(__dirname, 'match', 'match_pandas.py'), ...files]);
  const said = parseJson(stdout);
  requireAllFound(PANDAS, rows, foundIn(isRecord(said) ? said['found'] : null));
  return { seconds, ...usedIn(stdout) };
}

function foundIn(value: unknown): Found {
  if (!isRecord(value)) throw new TypeError('a comparison did not say what it found');
  return Object.fromEntries(Object.entries(value).map(([name, count]) => [name, Number(count)]));
}

function usedIn(text: string): Omit<Run, 'seconds'> {
  const used = parseJson(text);
  const [cpuSeconds, peakMib] = isRecord(used) ? [used['cpuSeconds'], used['peakMib']] : [];
  if (typeof cpuSeconds !== 'number' || typeof peakMib !== 'number')
    throw new TypeError('a comparison did not say what it used');
  return { cpuSeconds, peakMib };
}

/** Runs a program to its end. The command ends with 1 where it finds differences. */
function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: JSON_BYTES };
    execFile(program, [...args], options, (error, stdout, stderr) => {
      const seconds = (performance.now() - begun) / 1000;
      if (error === null || error.code === 1) resolve({ seconds, stdout });
      else reject(new Error(`${program} ended with ${String(error.code)}: ${stderr}`));
    });
  });
}

async function hasPandas(): Promise<boolean> {
  if (!existsSync(PYTHON)) return false;
  const { stdout } = await run(PYTHON, ['-c', 'import pandas; print("here")']);
  return stdout.includes('here');
}
