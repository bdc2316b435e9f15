/** Whether an installation takes real money or plays with simulated money. */
export const MONEY_MODES = ['simulated', 'real'] as const;

/** One of `MONEY_MODES`. */
export type MoneyMode = (typeof MONEY_MODES)[number];

/** Checks that a text is one of `MONEY_MODES`. */
export function isMoneyMode(text: string): text is MoneyMode {
  return MONEY_MODES.some((mode) => mode === text);
}
