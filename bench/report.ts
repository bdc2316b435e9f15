import { cpus, totalmem } from 'node:os';

/** One table of the report. Cells are text, ready to print. */
export interface BenchTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What the figures mean, their goal, and what was not run. */
  readonly notes: readonly string[];
}

/** Several runs of the same measurement. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** The median of some runs with their spread. Throws `RangeError` for none. */
export function spreadOf(runs: readonly number[]): Spread {
  const sorted = [...runs].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  const [least] = sorted;
  const most = sorted.at(-1);
  if (median === undefined || least === undefined || most === undefined)
    throw new RangeError('there were no runs');
  return { median, least, most };
}

/** A spread as text, `median (least–most)`, in whole numbers. */
export function inWords({ median, least, most }: Spread): string {
  return `${whole(median)} (${whole(least)}–${whole(most)})`;
}

/** A rounded number with thousands separators. */
export function whole(value: number): string {
  return new Intl.NumberFormat('en-US').format(Math.round(value));
}

/** The machine on which the figures were measured. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'an unknown processor';
  return `${cpus().length} × ${model}, ${whole(totalmem() / 2 ** 30)} GiB, ${process.platform}, Node ${process.version}`;
}

/**
 * A figure with its goal, and whether it is reached: computed, so that the sentence always matches
 * the figure.
 */
export function goal(what: string, figure: number, bound: 'at least' | 'at most', aim: number): string {
  const reached = bound === 'at least' ? figure >= aim : figure <= aim;
  const inText = (value: number) => (value >= 100 ? whole(value) : value.toFixed(2));
  return `${what}: ${inText(figure)} (goal: ${bound} ${inText(aim)}): ${reached ? 'reached' : '**not reached**'}.`;
}

/** A table as Markdown. */
export function markdown(table: BenchTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `## ${table.title}`,
    '',
    line(table.columns),
    line(table.columns.map(() => '---')),
    ...table.rows.map(line),
    '',
    ...table.notes.map((note) => `- ${note}`),
    '',
  ].join('\n');
}
