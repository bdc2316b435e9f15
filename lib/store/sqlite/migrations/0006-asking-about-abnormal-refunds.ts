/**
 * Abnormal refunds are queried too, because a person may have handled one in the merchant platform.
 */
export const askingAboutAbnormalRefunds: readonly string[] = [
  'DROP INDEX refunds_ask_due',
  `CREATE INDEX refunds_ask_due ON refunds (next_ask_at)
   WHERE state = 'requested' OR state = 'processing' OR state = 'abnormal'`,
];
