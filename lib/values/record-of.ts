/** A record with one entry for each name, in the order of the names. */
export function recordOf<Name extends string, Value>(
  names: readonly Name[],
  valueOf: (name: Name) => Value,
): Readonly<Record<Name, Value>> {
  const made: Partial<Record<Name, Value>> = {};
  for (const name of names) made[name] = valueOf(name);
  if (!isWhole(names, made)) throw new TypeError('a record has an entry for each of its names');
  return made;
}

function isWhole<Name extends string, Value>(
  names: readonly Name[],
  made: Partial<Record<Name, Value>>,
): made is Record<Name, Value> {
  return names.every((name) => Object.hasOwn(made, name));
}
