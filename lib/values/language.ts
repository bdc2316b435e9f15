/** The languages that people are written to in. */
export const LANGUAGES = ['zh', 'en'] as const;

/** One of `LANGUAGES`. */
export type Language = (typeof LANGUAGES)[number];

/** True for the name of one. */
export function isLanguage(name: unknown): name is Language {
  return LANGUAGES.some((language) => language === name);
}
