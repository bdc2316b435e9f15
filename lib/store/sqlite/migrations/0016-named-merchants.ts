/**
 * Unverified messages are counted and claimed by the merchant they name. No index: their quota
 * limits them. Earlier messages count as naming no merchant; they are kept for a week.
 */
export const namedMerchants: readonly string[] = ['ALTER TABLE inbox ADD COLUMN named_merchant TEXT'];
