import { isLanguage, type Language } from '../lib/values/language';
import { UsageError } from './usage-error';

/** The requested language, or else the terminal's. Throws `UsageError`. */
export function languageOf(
  asked: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Language {
  if (isLanguage(asked)) return asked;
  if (asked !== undefined) throw new UsageError('--lang must be zh or en');
  return /^zh/i.test(environment['LC_ALL'] ?? environment['LANG'] ?? '') ? 'zh' : 'en';
}
