import type { Instant } from '../../values/instant';
import { formatBeijing } from '../../values/instant';
import type { Alarm } from '../../model/alarm';
import { ALARM_UNITS, SIGNALLED_CAUSES } from '../../model/alarm';
import type { Language } from '../../values/language';
import type { Notice, NoticeCause } from './notice';
import { NOT_READY, TEST } from './notice';
import { placeIn } from './places';
import type { Speech } from './settings';
import type { Words } from './words';
import { englishWords } from './words-en';
import { chineseWords } from './words-zh';

const WORDS: Readonly<Record<Language, Words>> = { zh: chineseWords, en: englishWords };

/**
 * Follows the shop's name in every notice: the keyword to set for a DingTalk or Feishu robot
 * (自定义关键词).
 */
export const KEYWORD = 'wxpay-inbox';

/** The notice of an alarm's last notified level. Pure. */
export function writeNotice(alarm: Alarm, speech: Speech): Notice {
  const { cause, told: level, value, threshold, since } = alarm;
  const at = alarm.toldAt;
  if (at === null) throw new TypeError('an alarm that was never told has no notice');
  return written({ cause, level, value, threshold, since, at, unit: ALARM_UNITS[cause] }, speech);
}

/**
 * The notice while no notification can be stored, or once they can again (level 0). `value`: since
 * when, in ms. Pure.
 */
export function writeNotReady(
  outage: Pick<Notice, 'value' | 'threshold' | 'at'> & { readonly level: 0 | 100; readonly since: Instant },
  speech: Speech,
): Notice {
  return written({ ...outage, cause: NOT_READY, unit: ALARM_UNITS.oldest_due_message }, speech);
}

/**
 * The notice by which an operator sees whether a target gets any. It mentions nobody: only a level
 * of 100 does. `id`: new for each test. Pure.
 */
export function writeTest(id: string, at: Instant, speech: Speech): Notice {
  const words = WORDS[speech.language];
  const { title, what, first } = words.causes[TEST];
  const console = speech.consoleUrl === null ? [] : [words.console(placeIn(speech.consoleUrl, TEST))];
  const head = words.test(title);
  return {
    id: `${TEST}:${id}`,
    cause: TEST,
    level: 50,
    value: 0,
    threshold: 0,
    unit: 'count',
    at,
    title: head,
    text: [head, shopLine(speech), what, first, ...console].join('\n'),
    runbook: runbookOf(words, TEST, speech),
  };
}

/** An address where there is one: robots make no link of a path. */
function runbookOf(words: Words, cause: NoticeCause, { runbookUrl }: Speech): string {
  return `${runbookUrl ?? words.runbookFile}#${cause}`;
}

function shopLine({ shop }: Speech): string {
  return [plain(shop), KEYWORD].filter((part) => part !== '').join(' · ');
}

type Told = Pick<Notice, 'cause' | 'level' | 'value' | 'threshold' | 'unit' | 'at'> & {
  readonly since: Instant | null;
};

function written(told: Told, speech: Speech): Notice {
  const { cause, level, value, threshold, unit, at } = told;
  const words = WORDS[speech.language];
  const { name, title, what, first } = words.causes[cause];
  const figure = words.figure(value, unit);
  const isSignal = SIGNALLED_CAUSES.some((one) => one === cause);
  const limit = isSignal ? '' : words.limit(words.figure(threshold, unit));
  const runbook = runbookOf(words, cause, speech);
  const shop = shopLine(speech);
  const head = level === 0 ? words.over(name) : words.alarm(level, title.replace('{value}', figure));
  const since = told.since === null ? '' : words.since(formatBeijing(told.since, 'MM-DD HH:mm'));
  const lines =
    level === 0
      ? [head, shop, [words.now(figure), limit].join(' ')]
      : [head, shop, what, [limit, since].join(' '), words.first(first)];
  if (level !== 0 && speech.runbookUrl !== null) lines.push(words.runbook(runbook));
  if (speech.consoleUrl !== null) lines.push(words.console(placeIn(speech.consoleUrl, cause)));
  return {
    id: `${cause}:${level}:${at}`,
    cause,
    level,
    value,
    threshold,
    unit,
    at,
    title: head,
    text: lines.map((line) => line.trim()).join('\n'),
    runbook,
  };
}

/**
 * Text on one line: control characters and marks that change the writing direction become spaces.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}

/**
 * Text that no robot interprets: WeCom mentions people by `<@id>`, Feishu by `<at …>`, DingTalk by
 * `@` and a number, and each turns brackets into links. Such characters become their full-width
 * twins, which read the same.
 */
export function plain(text: string): string {
  return printable(text)
    .replace(/[<>@[\]()*_`#~|\\]/g, (mark) => String.fromCharCode(mark.charCodeAt(0) + 0xfee0))
    .trim();
}
