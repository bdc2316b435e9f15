import type { Failure } from '../api/client';
import type { Words } from './en';

/*
 * Words for values that come as plain text: events of a history, codes of a refusal. What the dictionary does not know is shown as it
 * came, so that a newer server is never silent on an older page.
 */

/** What happened, by the event's name in a history. */
export function eventText(words: Words, event: string): string {
  return known(words.event, event) ?? event.replaceAll('_', ' ');
}

/** What WeChat Pay said to a question of the schedule, by its words as they are stored (`Said`). */
export function answerText(words: Words, said: string): string {
  const { toClosing, said: texts } = words.answer;
  if (!said.startsWith(CLOSING)) return known(texts, said) ?? said;
  const word = said.slice(CLOSING.length);
  return toClosing(known(texts, word) ?? word);
}

const CLOSING = 'close:';

/** By which path, or who. */
export function pathText(words: Words, path: string): string {
  return known(words.path, path) ?? path;
}

/** What an operator did, by the action's name in the record. */
export function actionText(words: Words, action: string): string {
  return (
    known(words.action, action) ?? known(actionsOfTheRecord(words), action) ?? action.replaceAll('_', ' ')
  );
}

/** What went wrong and what to do, by the code; the server's own words where the dictionary has none. */
export function failureText(words: Words, { code, message }: Failure): string {
  const text = known(words.trouble.code, code);
  if (text === null) return message === '' ? code : `${message} (${code})`;
  return NAMES_AMOUNTS.has(code) && message !== '' ? `${text} (${message})` : text;
}

/** Refusals whose message names the setting, its amount and what is left of it. */
const NAMES_AMOUNTS: ReadonlySet<string> = new Set([
  'REFUND_OVER_SINGLE',
  'REFUND_OVER_OPERATOR_DAY',
  'REFUND_OVER_DAY',
]);

function actionsOfTheRecord({ recorded }: Words) {
  return { replay_matching: recorded.replay_matching, unmask_payer: recorded.unmask_payer };
}

function known(texts: Readonly<Record<string, string>>, name: string): string | null {
  return Object.hasOwn(texts, name) ? (texts[name] ?? null) : null;
}
