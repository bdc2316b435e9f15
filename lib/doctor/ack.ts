import { isRecord } from '../values/json';

/**
 * A notification larger than any that is kept (`MAX_NOTIFICATION_CHARS`): a callback refuses it before it stores anything, whoever
 * calls. That makes it a safe question: is there such a function, and does it answer in the shape WeChat Pay reads?
 */
export function tooLargeToKeep(): object {
  return { doctor: 'x'.repeat(70_000) };
}

/** What is wrong with a callback's answer as WeChat Pay reads it, or null. Only a Number is an errcode; only 0 is an ack. */
export function wrongInAnswer(answer: unknown, expected: 'ack' | 'refusal'): string | null {
  if (!isRecord(answer)) return `answered ${typeof answer} instead of {errcode, errmsg}`;
  const { errcode, errmsg } = answer;
  if (typeof errcode !== 'number')
    return `errcode was of type ${typeof errcode}; WeChat Pay takes the Number 0 only`;
  if (typeof errmsg !== 'string') return 'errmsg was no text';
  if (expected === 'ack' && errcode !== 0) return `answered ${errcode} to what it should have stored`;
  if (expected === 'refusal' && errcode === 0) return 'acknowledged what was not stored';
  return null;
}
