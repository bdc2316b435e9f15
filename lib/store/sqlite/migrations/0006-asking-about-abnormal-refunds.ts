/** Abnormal refunds are asked about too: somebody may have dealt with one in the merchant platform, and nobody told us. */
export const askingAboutAbnormalRefunds: readonly string[] = [
  'DROP INDEX refunds_ask_due',
  `CREATE INDEX refunds_ask_due ON refunds (next_ask_at)
   WHERE state = 'requested' OR state = 'processing' OR state = 'abnormal'`,
];
