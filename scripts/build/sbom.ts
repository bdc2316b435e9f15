import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../lib/values/json';

/** A package of the bill of materials, as the licence list shows it. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** SPDX expression; null where the package states none. */
  readonly licence: string | null;
}

/** A bill of materials in CycloneDX JSON, and what it lists. */
export interface BillOfMaterials {
  readonly json: string;
  readonly components: readonly Component[];
}

/**
 * What is installed to run this version, from `package-lock.json`, without the network. The same
 * lock file gives the same bytes: npm's time and serial number are left out. Throws when npm is
 * missing or cannot read the lock file.
 *
 * `npm sbom --omit dev` loses packages that a tool of development uses, too (npm 11.19). So it
 * lists everything, and the lock file says what belongs to production.
 */
export function billOfMaterials(root: string): BillOfMaterials {
  const asked = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--offline'];
  const text = execFileSync('npm', asked, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const read: unknown = JSON.parse(text);
  const lock: unknown = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  if (!isRecord(read) || !isRecord(read['metadata']) || !isRecord(lock)) {
    throw new Error(
      'npm sbom answered something else than a bill of materials: is npm 10 or later installed?',
    );
  }
  const { serialNumber: _serial, metadata, components, dependencies, ...rest } = read;
  const { timestamp: _time, component, ...about } = metadata;
  // npm calls the component by its folder.
  const named = isRecord(component) ? { ...component, name: lock['name'] } : component;
  const kept = inProduction(lock);
  const listed = recordsIn(components)
    .filter((one) => kept.has(refOf(one)))
    .map(({ properties: _properties, ...one }) => one)
    .sort((a, b) => compare(refOf(a), refOf(b)));
  const needs = recordsIn(dependencies).flatMap(({ ref, dependsOn }) => {
    const isRoot = isRecord(component) && ref === component['bom-ref'];
    if (typeof ref !== 'string' || !(isRoot || kept.has(ref))) return [];
    const on = Array.isArray(dependsOn) ? dependsOn.filter((one: unknown) => kept.has(String(one))) : [];
    return [{ ref, dependsOn: on }];
  });
  const json = { ...rest, metadata: { ...about, component: named }, components: listed, dependencies: needs };
  return { json: `${JSON.stringify(json, null, 2)}\n`, components: listed.map(componentOf) };
}

/** Name and version of each package of production, as the lock file has them. */
function inProduction({ packages }: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const entries = isRecord(packages) ? Object.entries(packages) : [];
  return new Set(
    entries.flatMap(([path, entry]) => {
      const at = path.lastIndexOf('node_modules/');
      if (at < 0 || !isRecord(entry) || entry['dev'] === true) return [];
      return [`${path.slice(at + 'node_modules/'.length)}@${String(entry['version'])}`];
    }),
  );
}

function recordsIn(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** Writes `sbom.json`, and `licences.csv` beside it: name, version and licence of each package. */
export function writeBillOfMaterials(root: string, outDir: string): BillOfMaterials {
  const bill = billOfMaterials(root);
  writeFileSync(join(outDir, 'sbom.json'), bill.json);
  const lines = bill.components.map(
    ({ name, version, licence }) => `${name},${version},${licence ?? 'not stated'}\n`,
  );
  writeFileSync(join(outDir, 'licences.csv'), `package,version,licence\n${lines.join('')}`);
  return bill;
}

function componentOf(entry: Readonly<Record<string, unknown>>): Component {
  const licences = Array.isArray(entry['licenses']) ? entry['licenses'] : [];
  const named = licences.flatMap((one: unknown) => {
    if (!isRecord(one)) return [];
    const { license, expression } = one;
    const text = isRecord(license) ? (license['id'] ?? license['name']) : expression;
    return typeof text === 'string' ? [text] : [];
  });
  const licence = named.length === 0 ? null : named.join(' AND ');
  return { name: textOf(entry, 'name'), version: textOf(entry, 'version'), licence };
}

function textOf(entry: Readonly<Record<string, unknown>>, field: string): string {
  const text = entry[field];
  return typeof text === 'string' ? text : '';
}

function refOf(entry: Readonly<Record<string, unknown>>): string {
  return textOf(entry, 'bom-ref');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
