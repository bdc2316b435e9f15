import type { Language } from '../../values/language';
import type { MonthWords } from './month-words';
import { MONTH_EN } from './month-words-en';
import { MONTH_ZH } from './month-words-zh';

/** The words of a month's papers in each language. */
export const MONTH_WORDS: Readonly<Record<Language, MonthWords>> = { en: MONTH_EN, zh: MONTH_ZH };
