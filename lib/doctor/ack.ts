import { isRecord } from '../values/json';

/**
 * A notification above the size limit (`MAX_NOTIFICATION_CHARS`), which every callback refuses
 * before it stores anything. That makes it a safe probe: does the function exist, and does it
 * answer in the shape WeChat Pay reads?
 */
export function tooLargeToKeep(): object {
  return { doctor: 'x'.repeat(70_000) };
}

/**
 * What is wrong with a callback's answer as WeChat Pay reads it, or null. Only a Number is an
 * errcode; only 0 acknowledges.
 */
export function wrongInAnswer(answer: unknown, expected: 'ack' | 'refusal'): string | null {
  if (!isRecord(answer)) return `answered ${typeof answer} instead of {errcode, errmsg}`;
  const { errcode, errmsg } = answer;
  if (typeof errcode !== 'number')
    return `errcode was of type ${typeof errcode}; WeChat Pay takes the Number 0 only`;
  if (typeof errmsg !== 'string') return 'errmsg was not a string';
  if (expected === 'ack' && errcode !== 0)
    return `answered ${errcode} to a notification it should have stored`;
  if (expected === 'refusal' && errcode === 0) return 'acknowledged a notification that was not stored';
  return null;
}
