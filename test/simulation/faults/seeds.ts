import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../../lib/values/json';

const FILE = join(__dirname, 'seeds.json');

/**
 * The seed that last showed each fault, by the fault's name. It is tried first. When the code has
 * changed since, another may have to be found, and `npm run simulate -- --faults --keep` stores it.
 */
export function keptSeeds(): Readonly<Record<string, number>> {
  const parsed: unknown = JSON.parse(readFileSync(FILE, 'utf8'));
  if (!isRecord(parsed)) throw new TypeError(`${FILE} holds no object`);
  const seeds: Record<string, number> = {};
  for (const [name, seed] of Object.entries(parsed)) if (typeof seed === 'number') seeds[name] = seed;
  return seeds;
}

/** Stores these beside the known ones. `names` are all faults; seeds of others are removed. */
export function keepSeeds(found: Readonly<Record<string, number>>, names: readonly string[]): void {
  const all = { ...keptSeeds(), ...found };
  const kept = names.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]] as const]));
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`);
}
