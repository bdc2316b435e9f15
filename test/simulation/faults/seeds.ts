import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../../lib/values/json';

const FILE = join(__dirname, 'seeds.json');

/**
 * The seed that showed each fault when it was last looked for, by the fault's name. It is tried first; where the code has
 * changed since, another may have to be found, and `npm run simulate -- --faults --keep` writes it down.
 */
export function keptSeeds(): Readonly<Record<string, number>> {
  const parsed: unknown = JSON.parse(readFileSync(FILE, 'utf8'));
  if (!isRecord(parsed)) throw new TypeError(`${FILE} holds no object`);
  const seeds: Record<string, number> = {};
  for (const [name, seed] of Object.entries(parsed)) if (typeof seed === 'number') seeds[name] = seed;
  return seeds;
}

/** Writes down these beside those that are known. `names` are all there are: what is no fault any more goes. */
export function keepSeeds(found: Readonly<Record<string, number>>, names: readonly string[]): void {
  const all = { ...keptSeeds(), ...found };
  const kept = names.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]] as const]));
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`);
}
