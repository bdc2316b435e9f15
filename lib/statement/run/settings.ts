import type { Config } from '../../config/config-schema';

/** A merchant number whose days are reconciled. */
export type StatementMerchant = Readonly<Config['statement']['merchants'][number]>;

/** Settings of statement runs. Durations in ms, hours in Beijing time. */
export type StatementSettings = Readonly<Omit<Config['statement'], 'merchants'>> & {
  readonly merchants: readonly StatementMerchant[];
  /**
   * Rows or absent records handled between two writes of the run: what the store wants
   * (`Store.chunk`). For absent records, at most 1000.
   */
  readonly chunkRows: number;
};
