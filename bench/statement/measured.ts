import type { Found } from './big-day';

/** What one process says of one way of matching. */
export interface Measured {
  /** Rows of the bill that were read. */
  readonly rows: number;
  readonly found: Found;
  readonly ms: number;
  /** Processor time, all threads together: what noise on a shared machine leaves alone. */
  readonly cpuMs: number;
  readonly peakRssKb: number;
}

/** What a way of matching answers. */
export interface MatchResult {
  readonly rows: number;
  readonly found: Found;
}

/**
 * Runs one way of matching in this process and prints how long it took, as JSON. `prepare` gets the
 * bill (argv[2]) and its rows (argv[3]) and loads the books, which is not measured; what it gives
 * back is. The peak of memory is that of the whole process.
 */
export async function measured(
  prepare: (bill: string, rows: number) => Promise<() => Promise<MatchResult>>,
): Promise<void> {
  const [, , bill = '', rows = ''] = process.argv;
  const match = await prepare(bill, Number(rows));
  // What loading left behind is not the matching's to clear away. The bench starts every process
  // with --expose-gc.
  globalThis.gc?.();
  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  const result = await match();
  const ms = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpuBefore);
  const said: Measured = {
    ...result,
    ms,
    cpuMs: (user + system) / 1000,
    peakRssKb: process.resourceUsage().maxRSS,
  };
  console.log(JSON.stringify(said));
}
