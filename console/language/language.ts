import { isLanguage, type Language } from '../../lib/values/language';
import { en, type Words } from './en';
import { zh } from './zh';

/** The dictionary of a language. */
export function wordsOf(language: Language): Words {
  return language === 'zh' ? zh : en;
}

/**
 * The language to start with: the one chosen before, else the first supported one of the browser,
 * else Chinese.
 */
export function firstLanguage(chosen: string | null, browser: readonly string[]): Language {
  if (isLanguage(chosen)) return chosen;
  const spoken = browser.map((tag) => tag.toLowerCase().split('-')[0]);
  return spoken.find(isLanguage) ?? 'zh';
}
