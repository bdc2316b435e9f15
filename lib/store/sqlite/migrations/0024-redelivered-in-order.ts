/**
 * What was redelivered, in the order in which it is handled. All contents of a message have one
 * count of postponements, so that the index gives each message once.
 */
export const redeliveredInOrder: readonly string[] = [
  `UPDATE inbox_told SET postponed =
     (SELECT max(postponed) FROM inbox_told same WHERE same.id = inbox_told.id)`,
  'CREATE INDEX inbox_told_waiting ON inbox_told (postponed, id)',
];
