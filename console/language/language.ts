import { en, type Words } from './en';
import { zh } from './zh';

/** The languages of the console. */
export type Language = 'zh' | 'en';

/** The dictionary of a language. */
export function wordsOf(language: Language): Words {
  return language === 'zh' ? zh : en;
}

/**
 * The language to start with: the one chosen before, else the first supported one of the browser,
 * else Chinese.
 */
export function firstLanguage(chosen: string | null, browser: readonly string[]): Language {
  if (chosen === 'zh' || chosen === 'en') return chosen;
  const spoken = browser.map((tag) => tag.toLowerCase().split('-')[0]);
  return spoken.find((tag): tag is Language => tag === 'zh' || tag === 'en') ?? 'zh';
}
