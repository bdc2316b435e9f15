import type { FulfilmentCall } from '../../lib/model/fulfilment-call';
import type { WebhookTest } from '../../lib/webhook/test-result';
import { rows, time } from '../rows';
import type { Words } from '../words';

/** The calls of the merchant's own system about an order; nothing where there was none. */
export function callsText(words: Words, calls: readonly FulfilmentCall[] = []): readonly string[] {
  if (calls.length === 0) return [];
  return [
    rows(
      words,
      calls.map((call) => ({ 'called at': time(call.at), ...answerRow(call) })),
    ),
  ];
}

/** What a test of the merchant's own system came to, and what to do. */
export function testedText(words: Words, tested: WebhookTest | null): string {
  if (tested === null) return `${words.noWebhook}\n`;
  const { id, host, problem } = tested;
  const advice = problem === null ? words.webhookWell : words.webhookProblems[problem];
  return `${rows(words, [{ host, 'webhook-id': id, ...answerRow(tested) }])}${advice}\n`;
}

function answerRow({
  result,
  status,
  ms,
  said,
}: Omit<FulfilmentCall, 'at'>): Readonly<Record<string, string>> {
  return { result, status: status === null ? '' : String(status), took: `${ms} ms`, answer: said };
}
