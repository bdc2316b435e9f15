import type { Found } from './big-day';

/** One process's report on one way of comparing. */
export interface Measured {
  /** Rows read from the bill. */
  readonly rows: number;
  readonly found: Found;
  readonly ms: number;
  /** Processor time of all threads, which noise on a shared machine hardly affects. */
  readonly cpuMs: number;
  readonly peakRssKb: number;
}

/** The result of one way of comparing. */
export interface MatchResult {
  readonly rows: number;
  readonly found: Found;
}

/**
 * Runs one way of comparing in this process and prints the time it took, as JSON. `prepare` gets
 * the bill (argv[2]) and its rows (argv[3]) and loads the books, unmeasured; the function it
 * returns is measured. The memory peak is that of the whole process.
 */
export async function measured(
  prepare: (bill: string, rows: number) => Promise<() => Promise<MatchResult>>,
): Promise<void> {
  const [, , bill = '', rows = ''] = process.argv;
  const match = await prepare(bill, Number(rows));
  // Collects the garbage of loading, so that it does not count. The bench starts every process with
  // --expose-gc.
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
