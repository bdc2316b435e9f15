import { UsageError } from './usage-error';

/** The languages of the commands. */
export type Language = 'zh' | 'en';

/** The requested language, or else the terminal's. Throws `UsageError`. */
export function languageOf(
  asked: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Language {
  if (asked === 'zh' || asked === 'en') return asked;
  if (asked !== undefined) throw new UsageError('--lang must be zh or en');
  return /^zh/i.test(environment['LC_ALL'] ?? environment['LANG'] ?? '') ? 'zh' : 'en';
}
