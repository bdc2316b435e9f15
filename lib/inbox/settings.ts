import type { Config } from '../config/config-schema';

/** How the inbox is processed. Times in ms. Said once, by the schema of the settings. */
export type InboxSettings = Readonly<
  Omit<Config['inbox'], 'ackBudgetMs' | 'unverifiedMegabytes' | 'databaseTrigger'>
>;
