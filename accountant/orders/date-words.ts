const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Names of the days of a week; they say nothing that the date does not. */
const WEEKDAY =
  /\s*\(?(?:星期|周)[一二三四五六日天]\)?\s*|^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? */gi;
/** Names of Beijing's time. `CST` is China's in a file of a shop there. */
const BEIJING = /\s*\(?(?:CST|Asia\/Shanghai|北京时间|中国标准时间|China Standard Time)\)?$/i;
const MONTH_FIRST = /^([a-z]{3})[a-z]*\.? (\d{1,2}),? (\d{4}),?/i;
const DAY_FIRST = /^(\d{1,2})[ -]([a-z]{3})[a-z]*\.?,?[ -](\d{4}),?/i;

/**
 * A date without the words around it: days of the week, months in English, and names of zones.
 * Anything else comes back as it is.
 */
export function plainDateText(text: string): string {
  return text
    .replace(WEEKDAY, ' ')
    .trim()
    .replace(BEIJING, '')
    .replace(/\((UTC|GMT)([^)]*)\)$/, '$1$2')
    .replace(/\b([ap])\.m\.?/i, '$1m')
    .replace(MONTH_FIRST, (whole, month: string, day: string, year: string) =>
      numbered(whole, year, month, day),
    )
    .replace(DAY_FIRST, (whole, day: string, month: string, year: string) =>
      numbered(whole, year, month, day),
    );
}

function numbered(whole: string, year: string, month: string, day: string): string {
  const number = MONTHS.indexOf(month.toLowerCase()) + 1;
  return number === 0 ? whole : `${year}-${number}-${day}`;
}
