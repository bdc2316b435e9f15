import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isRecord } from '../lib/values/json';
import { trade, writeBill, writeRow, writeSummary, type Trade } from '../test/statement/bill';
import { newBundleFolder } from '../test/build/bundle-folder';

/** One way to read a bill of one size: medians over the repetitions. */
export interface StatementFigure {
  readonly rows: number;
  /** `verify`: one pass. `verify+read`: a second pass hands out every row. SHA-1 and summary check are in each pass. */
  readonly mode: 'verify' | 'verify+read';
  readonly rowsPerSecond: number;
  /** Peak resident memory of the process that read it, in MiB. */
  readonly peakRssMib: number;
}

const SIZES = [100_000, 1_000_000];
const MODES = ['verify', 'verify+read'] as const;
const run = promisify(execFile);

/**
 * Measures how fast bills of 100,000 and 1,000,000 rows are verified and read. Every repetition is a process of its
 * own, just-in-time compilation included. Rejects when a bill is refused or a row is lost.
 */
export async function benchStatement(repetitions = 3): Promise<readonly StatementFigure[]> {
  const dir = newBundleFolder('statement');
  try {
    const reader = join(dir, 'pass.cjs');
    const entryPoints = [join(__dirname, 'statement', 'pass.ts')];
    await build({
      entryPoints,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      outfile: reader,
      logLevel: 'error',
    });
    const figures: StatementFigure[] = [];
    for (const rows of SIZES) {
      const bill = join(dir, `${rows}.csv`);
      await writeLargeBill(bill, rows);
      for (const mode of MODES) {
        const passes: Pass[] = [];
        for (let i = 0; i < repetitions; i += 1) passes.push(await readOnce(reader, bill, mode, rows));
        figures.push({
          rows,
          mode,
          rowsPerSecond: median(passes.map(({ ms }) => (rows / ms) * 1000)),
          peakRssMib: median(passes.map(({ rssKb }) => rssKb / 1024)),
        });
      }
    }
    return figures;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

interface Pass {
  readonly ms: number;
  readonly rssKb: number;
}

async function readOnce(reader: string, bill: string, mode: string, rows: number): Promise<Pass> {
  const { stdout } = await run(process.execPath, [reader, bill, mode]);
  const said: unknown = JSON.parse(stdout);
  if (
    !isRecord(said) ||
    typeof said.ms !== 'number' ||
    typeof said.rssKb !== 'number' ||
    said.rows !== rows
  ) {
    throw new Error(`reading ${rows} rows went wrong: ${stdout}`);
  }
  return { ms: said.ms, rssKb: said.rssKb };
}

/** A busy day: every fiftieth row a refund, a hundred products, a different payer and package in every row. */
async function writeLargeBill(path: string, rows: number): Promise<void> {
  const trades = Array.from({ length: rows }, (_, number) => trade(largeTrade(number)));
  const { header, summaryHeader } = writeBill([]);
  const out = createWriteStream(path);
  out.write(`\uFEFF${header}\r\n`);
  for (let start = 0; start < rows; start += 1000) {
    const text = trades.slice(start, start + 1000).map((t) => `${writeRow(t, 'ALL')}\r\n`);
    if (!out.write(text.join(''))) await once(out, 'drain');
  }
  out.end(`${summaryHeader}\r\n${writeSummary(trades)}\r\n`);
  await once(out, 'finish');
}

function largeTrade(number: number): Partial<Trade> {
  const amount = 1 + ((number * 7919) % 50_000);
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = number % 86_400;
  return {
    kind: number % 50 === 49 ? 'refund' : 'payment',
    number: 1_000_000_000_000 + number,
    time: `2026-11-23 ${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`,
    amount,
    fee: Math.round((amount * 6) / 1000),
    body: `热拿铁 ${number % 100}`,
    attach: `{"cart":${number}}`,
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
