import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RefusalCode } from '../../../lib/runtime/reply';
import { ROOT } from '../bundle';
import { CODES } from './language/codes';

/** A code that a file refuses with, and whether the same call may succeed later. */
export interface Refusing {
  readonly code: RefusalCode;
  readonly retry: boolean;
}

/** What a source file refuses by `refuse('CODE', …)` or `refuseForNow('CODE', …)`. Pure. */
export function refusalsIn(source: string): readonly Refusing[] {
  return [...source.matchAll(/\b(refuse|refuseForNow)\(\s*'([A-Z_]+)'/g)].map(([, how, code = '']) => {
    if (!isRefusalCode(code)) throw new Error(`${code} is no refusal code`);
    return { code, retry: how === 'refuseForNow' };
  });
}

/** What these files refuse with, each once; a code that is refused in both ways may be retried. */
export function refusalsOf(files: readonly string[]): readonly Refusing[] {
  const all = files.flatMap((file) => refusalsIn(readFileSync(join(ROOT, file), 'utf8')));
  const retried = new Map<RefusalCode, boolean>();
  for (const { code, retry } of all) retried.set(code, retry || retried.get(code) === true);
  return Object.keys(CODES)
    .filter(isRefusalCode)
    .flatMap((code) => {
      const retry = retried.get(code);
      return retry === undefined ? [] : [{ code, retry }];
    });
}

function isRefusalCode(text: string): text is RefusalCode {
  return Object.hasOwn(CODES, text);
}
