import type { Language } from '../../values/language';
import type { ReportWords } from './report-words';
import { REPORT_EN } from './words-en';
import { REPORT_ZH } from './words-zh';

/** The words by language. */
export const REPORT_WORDS: Readonly<Record<Language, ReportWords>> = { zh: REPORT_ZH, en: REPORT_EN };
