/**
 * How much of a file is read before it is refused. A few megabytes of gzip may hold anything, and a
 * file is read again in every turn of a run, so there has to be an end to it. Not settings: a file
 * beyond them is no bill.
 */
export interface ReadLimits {
  /** Bytes of text. */
  readonly bytes: number;
  /** Lines, blank ones too: a text of nothing but line ends is dear to read. */
  readonly lines: number;
  /**
   * How many bytes of text one compressed byte may stand for, once there are `denseBytes` of text.
   */
  readonly density: number;
  readonly denseBytes: number;
  /**
   * Milliseconds of work on the text. Waiting for the file, or for who takes its rows, is not
   * counted.
   */
  readonly workMs: number;
  /** Milliseconds on a clock that is never set. */
  readonly elapsed: () => number;
}

/**
 * 4 GiB hold some 15 million trades. Rows that all differ compress to a tenth; a bomb to a
 * thousandth. The largest bill takes 20 s of work where this was measured, and may take six times
 * as long on a slower machine.
 */
export const READ_LIMITS: ReadLimits = {
  bytes: 4 * 2 ** 30,
  lines: 20_000_000,
  density: 200,
  denseBytes: 64 * 2 ** 20,
  workMs: 120_000,
  elapsed: () => performance.now(),
};
