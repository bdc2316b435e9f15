/** The lines of a history, which is stored as one JSON object per line. */
const lines = (history: string): string =>
  `json_each('[' || replace(rtrim(${history}, char(10)), char(10), ',') || ']')`;

/** The latest line of one of these events: a value of it. */
const latest = (history: string, events: string, value: string): string =>
  `(SELECT ${value} FROM ${lines(history)} AS line WHERE line.value ->> '$.event' IN (${events})
    ORDER BY line.key DESC LIMIT 1)`;

const EVIDENCE = `line.value ->> '$.evidence'`;

/** The code of a line that records a refusal: what stands before the colon. */
const CODE = `substr(${EVIDENCE}, 1, instr(${EVIDENCE}, ': ') - 1)`;

/**
 * A refusal as the document has it; null where the later of the two events is the start of a
 * request.
 */
const REFUSAL = `CASE WHEN line.value ->> '$.event' = 'refund_declined'
    AND ${CODE} IN ('too_old', 'amount_mismatch', 'no_such_order', 'payer_account', 'bad_request')
  THEN json_object('at', line.value -> '$.at', 'code', ${CODE},
    'detail', substr(${EVIDENCE}, instr(${EVIDENCE}, ': ') + 2)) END`;

const TAKEN_OVER = `line.value ->> '$.event' IN ('refunded_in_merchant_platform', 'closed_in_merchant_platform')`;

/**
 * Histories only record. What was decided by their lines is a field of the document: who replayed a
 * message, how a refund was taken over and which refusal it waits to confirm, that a payment or a
 * refund came after the end, since when a day is run again and how many of its downloads were
 * refused. Each is taken once from the lines that stand.
 */
export const stateBesideHistories: readonly string[] = [
  'ALTER TABLE inbox_payload ADD COLUMN replayed_by TEXT',
  `UPDATE inbox_payload SET replayed_by = (SELECT json_quote(${latest('history', `'replayed'`, EVIDENCE)}))
   WHERE id IN (SELECT id FROM inbox WHERE replays > 0)
     AND ${latest('history', `'replayed'`, EVIDENCE)} IS NOT NULL`,

  `UPDATE orders SET payment = json_set(payment, '$.afterClose', json('true'))
   WHERE payment_state = 'paid' AND instr(history, '"event":"paid_after_close"') > 0
     AND EXISTS (SELECT 1 FROM ${lines('history')} AS line WHERE line.value ->> '$.event' = 'paid_after_close'
       AND ${EVIDENCE} = orders.payment ->> '$.evidence')`,

  'ALTER TABLE refunds ADD COLUMN refusal TEXT',
  `UPDATE refunds SET refusal = ${latest('history', `'refund_declined', 'refund_asked_again'`, REFUSAL)}
   WHERE state = 'requested' AND instr(history, '"event":"refund_declined"') > 0`,
  `UPDATE refunds SET progress = json_set(progress, '$.afterClose', json('true'))
   WHERE state = 'succeeded' AND instr(history, '"event":"refund_succeeded_after_close"') > 0`,
  `UPDATE refunds SET terms = json_set(terms, '$.takenOver', json((SELECT json_object('by', line.value ->> '$.path',
       'evidence', ${EVIDENCE}) FROM ${lines('history')} AS line WHERE ${TAKEN_OVER} ORDER BY line.key LIMIT 1)))
   WHERE terms ->> '$.origin' = 'back_office'
     AND EXISTS (SELECT 1 FROM ${lines('history')} AS line WHERE ${TAKEN_OVER})`,

  'ALTER TABLE statement_runs ADD COLUMN begun_again_at INTEGER',
  'ALTER TABLE statement_runs ADD COLUMN refused_downloads INTEGER NOT NULL DEFAULT 0',
  `UPDATE statement_runs SET begun_again_at = ${latest('history', `'begun_again'`, `line.value ->> '$.at'`)},
     refused_downloads = (SELECT count(*) FROM ${lines('history')} AS line
       WHERE line.value ->> '$.event' = 'file_refused'
         AND instr(${EVIDENCE}, 'round ' || round || ': ') = 1)`,
];
