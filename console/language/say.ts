import type { Failure } from '../api/client';
import { runName } from '../reading/names';
import type { Words } from './en';

/*
 * Words for values that arrive as plain text: history events, refusal codes. Unknown values are
 * shown as they are, so that a newer server's are still visible on an older page.
 */

/** A history event. */
export function eventText(words: Words, event: string): string {
  return known(words.event, event) ?? event.replaceAll('_', ' ');
}

/** WeChat Pay's answer to a scheduled query, from its stored form (`Said`). */
export function answerText(words: Words, said: string): string {
  const { toClosing, said: texts } = words.answer;
  if (!said.startsWith(CLOSING)) return known(texts, said) ?? said;
  const word = said.slice(CLOSING.length);
  return toClosing(known(texts, word) ?? word);
}

/**
 * WeChat Pay's answer to what an operator asked: the same, but a final state was stored, so it is
 * only named.
 */
export function saidText(words: Words, said: string): string {
  const plain = said.startsWith(CLOSING) ? said.slice(CLOSING.length) : said;
  return known(words.changed.final, plain) ?? known(words.answer.said, plain) ?? said;
}

const CLOSING = 'close:';

/** Why a message is dead, from its stored form: `mismatch: amount_mismatch`. */
export function causeText(words: Words, cause: string): string {
  return cause
    .split(': ')
    .map((part) => known(words.message.death, part) ?? known(words.discrepancy.class, part) ?? part)
    .join(words.list.colon);
}

/** A source, or who; a statement run by its day. */
export function pathText(words: Words, path: string): string {
  return known(words.path, path) ?? runName(path);
}

/** An operator's action, by its name in the audit log. */
export function actionText(words: Words, action: string): string {
  return (
    known(words.action, action) ?? known(actionsOfTheRecord(words), action) ?? action.replaceAll('_', ' ')
  );
}

/** Why a bill proves nothing, from its stored form: code, line and the server's words. */
export function refusalText(words: Words, text: string): string {
  const [, code = '', line = ''] = /^([a-z_]+), line (\d+): /.exec(text) ?? [];
  return words.run.refusal(code, line, text);
}

/** A failure and its fix, by code; the server's own words where the dictionary has none. */
export function failureText(words: Words, { code, message }: Failure): string {
  const text = known(words.trouble.code, code);
  if (text === null) return message === '' ? code : `${message} (${code})`;
  return NAMES_AMOUNTS.has(code) && message !== '' ? `${text} (${message})` : text;
}

/** Refusals whose message names the setting, its amount and the rest. */
const NAMES_AMOUNTS: ReadonlySet<string> = new Set([
  'REFUND_OVER_SINGLE',
  'REFUND_OVER_OPERATOR_DAY',
  'REFUND_OVER_DAY',
]);

function actionsOfTheRecord({ recorded, people, pause, issue, bulk, books }: Words) {
  const { replay_matching, unmask_payer, test_notices, test_fulfilment, give_fund_flow } = recorded;
  const { pause: paused, resume } = pause;
  return {
    replay_matching,
    unmask_payer,
    test_notices,
    ...books.recorded,
    test_fulfilment,
    give_fund_flow,
    pause: paused,
    resume,
    ...people.record,
    ...issue.record,
    ...bulk.record,
  };
}

function known(texts: Readonly<Record<string, string>>, name: string): string | null {
  return Object.hasOwn(texts, name) ? (texts[name] ?? null) : null;
}
