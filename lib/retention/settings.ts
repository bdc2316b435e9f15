import type { Config } from '../config/config-schema';

/**
 * How long finished records are kept. Orders, refunds, discrepancies and the audit log are kept
 * permanently, orders with or without their personal data.
 */
export type RetentionSettings = Readonly<Config['retention']>;
