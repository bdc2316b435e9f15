/**
 * How much is measured: `--quick` shows that everything works and roughly how it stands, in a few
 * minutes.
 */
export interface Effort {
  readonly rounds: number;
  readonly ackMs: number;
  /** Messages our drain works off, and those the slower peers do. */
  readonly drained: number;
  readonly peersDrained: number;
  /** Messages that wait beside. */
  readonly waiting: number;
  readonly coldStarts: number;
  /** Sizes that growth is looked at. */
  readonly growth: readonly number[];
}

/** The effort of the figures that are published. */
export const FULL: Effort = {
  rounds: 3,
  ackMs: 4_000,
  drained: 60_000,
  peersDrained: 12_000,
  waiting: 100_000,
  coldStarts: 9,
  growth: [10_000, 40_000, 160_000],
};

/** The effort of a look. */
export const QUICK: Effort = {
  rounds: 1,
  ackMs: 1_500,
  drained: 5_000,
  peersDrained: 1_000,
  waiting: 20_000,
  coldStarts: 2,
  growth: [2_000, 8_000],
};
