/** What `field` gives when one name is written in both styles with different values: it passes no guard. */
const CONTRADICTION = Symbol('a field given twice with different values');

/**
 * One field of a WeChat object, by its camelCase name. Cloud functions are handed camelCase, the pay gateway
 * speaks snake_case, and WeChat's own pages print both: either is read (`subMchId`, `sub_mch_id`).
 *
 * Gives undefined for a field that is absent, null or empty: v2 sends empty elements for values it does not have.
 * Only own data properties count, so neither `__proto__` nor a getter can speak for WeChat Pay. Never throws.
 */
export function field(of: object, camelName: string): unknown {
  const camel = own(of, camelName);
  const snakeName = snakeNameOf(camelName);
  if (snakeName === camelName) return camel;
  const snake = own(of, snakeName);
  if (camel === undefined) return snake;
  return snake === undefined || snake === camel ? camel : CONTRADICTION;
}

/** The names asked for are our own constants, so this stays small; making them anew took 6 % of an ack. */
const snakeNames = new Map<string, string>();

function snakeNameOf(camelName: string): string {
  const known = snakeNames.get(camelName);
  if (known !== undefined) return known;
  const snakeName = camelName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  snakeNames.set(camelName, snakeName);
  return snakeName;
}

/** A field as text, or '' when it is absent or no text. For codes and messages, where odd means unknown. */
export function textField(of: object, camelName: string): string {
  const value = field(of, camelName);
  return typeof value === 'string' ? value : '';
}

function own(of: object, name: string): unknown {
  const value = ownValue(of, name);
  return value === null || value === '' ? undefined : value;
}

/** A proxy may throw whatever it is asked. */
function ownValue(of: object, name: string): unknown {
  try {
    return Object.getOwnPropertyDescriptor(of, name)?.value;
  } catch {
    return undefined;
  }
}
