/**
 * The result of `field` when both spellings of a name are present with different values. It passes
 * no guard.
 */
const CONTRADICTION = Symbol('a field given twice with different values');

/**
 * One field of a WeChat object, by its camelCase name. Cloud functions receive camelCase, the pay
 * gateway speaks snake_case, and WeChat's own pages print both, so either is read (`subMchId`,
 * `sub_mch_id`).
 *
 * Returns undefined for a field that is absent, null or empty: v2 sends empty elements for values
 * it does not have. Only own data properties count, so neither `__proto__` nor a getter can supply
 * a value. Never throws.
 */
export function field(object: object, camelName: string): unknown {
  const camel = own(object, camelName);
  const snakeName = snakeNameOf(camelName);
  if (snakeName === camelName) return camel;
  const snake = own(object, snakeName);
  if (camel === undefined) return snake;
  return snake === undefined || snake === camel ? camel : CONTRADICTION;
}

/**
 * Filled by our own constants only, so it stays small. Converting every time took 6 % of an ack.
 */
const snakeNames = new Map<string, string>();

function snakeNameOf(camelName: string): string {
  const known = snakeNames.get(camelName);
  if (known !== undefined) return known;
  const snakeName = camelName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  snakeNames.set(camelName, snakeName);
  return snakeName;
}

/**
 * A field as text, or '' when it is absent or not a string. For codes and messages, where an odd
 * value means unknown.
 */
export function textField(object: object, camelName: string): string {
  const value = field(object, camelName);
  return typeof value === 'string' ? value : '';
}

function own(object: object, name: string): unknown {
  const value = ownValue(object, name);
  return value === null || value === '' ? undefined : value;
}

/** A proxy may throw on any access. */
function ownValue(object: object, name: string): unknown {
  try {
    // Most names are absent in one of their spellings, and a descriptor costs more to make.
    if (!Object.hasOwn(object, name)) return undefined;
    return Object.getOwnPropertyDescriptor(object, name)?.value;
  } catch {
    return undefined;
  }
}
