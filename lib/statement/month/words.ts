import type { ReportLanguage } from '../report/report-words';
import type { MonthWords } from './month-words';
import { MONTH_EN } from './month-words-en';
import { MONTH_ZH } from './month-words-zh';

/** The words of a month's papers in each language. */
export const MONTH_WORDS: Readonly<Record<ReportLanguage, MonthWords>> = { en: MONTH_EN, zh: MONTH_ZH };
