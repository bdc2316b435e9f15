import { enDomain } from '../../console/language/en-domain';
import { zhDomain } from '../../console/language/zh-domain';

/**
 * What a discrepancy's page offers as buttons is listed under the advice; the advice itself must
 * not promise it.
 */
const ELSEWHERE = [
  'replay_message',
  'dismiss_message',
  'retry_fulfilment',
  'ask_order',
  'accept_payment',
  'return_payment',
  'ask_refund',
  'pay_out_refund',
  'run_statement_again',
] as const;

test.each([
  ['en', enDomain],
  ['zh', zhDomain],
])('advice about a discrepancy names no action that its page may not offer (%s)', (_, words) => {
  // An order whose money went back offers no retry, and nobody without the right to act is offered
  // anything.
  const advice = { ...words.discrepancy.advice, fulfilment_failed: words.order.deliveryFailed };
  const promised = Object.entries(advice).flatMap(([of, text]) =>
    ELSEWHERE.filter((action) => text.toLowerCase().includes(words.action[action].toLowerCase())).map(
      (action) => `${of}: ${action}`,
    ),
  );
  expect(promised).toEqual([]);
});
