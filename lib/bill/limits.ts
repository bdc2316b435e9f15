/**
 * How much of a file is read before it is refused. A few megabytes of gzip can expand to any size,
 * and each call of a run reads the file again, so reading must be bounded. These are not settings:
 * a file beyond them is not a bill.
 */
export interface ReadLimits {
  /** Bytes of decompressed text. */
  readonly bytes: number;
  /** Lines, blank ones included: a text of nothing but line ends is expensive to read. */
  readonly lines: number;
  /**
   * How many bytes of text one compressed byte may expand to, checked after `denseBytes` of text.
   */
  readonly density: number;
  readonly denseBytes: number;
  /**
   * Milliseconds of work on the text, not counting waits for the file or for the consumer of its
   * rows.
   */
  readonly workMs: number;
  /** Milliseconds on a monotonic clock. */
  readonly elapsed: () => number;
}

/**
 * 4 GiB hold about 15 million trades. Rows that all differ compress to a tenth, a bomb to a
 * thousandth. The largest bill took 20 s of work when measured; six times as long leaves room for
 * slower machines.
 */
export const READ_LIMITS: ReadLimits = {
  bytes: 4 * 2 ** 30,
  lines: 20_000_000,
  density: 200,
  denseBytes: 64 * 2 ** 20,
  workMs: 120_000,
  elapsed: () => performance.now(),
};
