import { z } from 'zod';

const entry = z.looseObject({
  version: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});

const lockFile = z.looseObject({
  lockfileVersion: z.literal(3),
  packages: z.record(z.string(), entry),
});

/** A manifest's dependencies, and the lock file for them. */
export interface Locked {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly lock: object;
}

/**
 * The part of a lock file that some of its packages need, in the same versions and with the same
 * hashes. Throws when a package is missing. Pure.
 */
export function lockOf(
  manifest: {
    readonly name: string;
    readonly version: string;
    readonly license: string;
    readonly engines: object;
  },
  names: readonly string[],
  lock: unknown,
): Locked {
  const { packages } = lockFile.parse(lock);
  const taken = new Map<string, z.output<typeof entry>>();
  const take = (name: string, from: string): string => {
    const path = foundFrom(packages, name, from);
    if (path === null) throw new Error(`package-lock.json has no ${name} for ${from}: npm install`);
    const found = packages[path];
    if (found === undefined || taken.has(path)) return path;
    taken.set(path, found);
    for (const next of Object.keys({ ...found.dependencies, ...found.optionalDependencies }))
      take(next, path);
    return path;
  };
  const dependencies = Object.fromEntries(
    names.map((name) => [name, packages[take(name, '')]?.version ?? '']),
  );
  return {
    dependencies,
    lock: {
      name: manifest.name,
      version: manifest.version,
      lockfileVersion: 3,
      requires: true,
      packages: {
        '': { ...manifest, dependencies },
        ...Object.fromEntries([...taken].sort(([one], [other]) => (one < other ? -1 : 1))),
      },
    },
  };
}

/** Where a package that `from` requires is installed: in it, else in a folder above. */
function foundFrom(packages: Readonly<Record<string, unknown>>, name: string, from: string): string | null {
  for (let at = from; ; at = parentOf(at)) {
    const path = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (Object.hasOwn(packages, path)) return path;
    if (at === '') return null;
  }
}

function parentOf(path: string): string {
  const cut = path.lastIndexOf('/node_modules/');
  return cut < 0 ? '' : path.slice(0, cut);
}
