/**
 * How much is measured. `--quick` shows in a few minutes that everything works, with rough figures.
 */
export interface Effort {
  readonly rounds: number;
  readonly ackMs: number;
  /** Messages that our worker processes, and those for the slower peers. */
  readonly drained: number;
  readonly peersDrained: number;
  /** Further messages that are not due. */
  readonly waiting: number;
  readonly coldStarts: number;
  /** Sizes at which growth is measured. */
  readonly growth: readonly number[];
}

/** For published figures. */
export const FULL: Effort = {
  rounds: 3,
  ackMs: 4_000,
  drained: 60_000,
  peersDrained: 12_000,
  waiting: 100_000,
  coldStarts: 9,
  growth: [10_000, 40_000, 160_000],
};

/** For `--quick`. */
export const QUICK: Effort = {
  rounds: 1,
  ackMs: 1_500,
  drained: 5_000,
  peersDrained: 1_000,
  waiting: 20_000,
  coldStarts: 2,
  growth: [2_000, 8_000],
};
