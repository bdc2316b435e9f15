import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../../lib/config/config-schema';
import { wantedRules } from '../../lib/doctor/rules';
import { parseJson } from '../../lib/values/json';
import { closedOf, cloudbaserc, foldersToBuild } from '../build/functions';
import type { Wanted } from './plan';

const described = z.looseObject({
  functions: z.array(
    z.looseObject({
      name: z.string(),
      runtime: z.string(),
      timeout: z.number(),
      memorySize: z.number(),
      triggers: z.array(z.looseObject({ name: z.string(), config: z.string() })).optional(),
    }),
  ),
});
const built = z.looseObject({ builds: z.record(z.string(), z.string()).optional() });

/** What these settings want of an environment, before any build. */
export function wantedBy(config: Config): Wanted {
  const folders = foldersToBuild(config);
  return { rules: wantedRules(closedOf(folders)), functions: functionsOf(cloudbaserc(config, folders), {}) };
}

/** The functions as they were built into `dist`; null where nothing was. */
export function wantedByBuild(dist: string): Wanted['functions'] | null {
  const record = built.safeParse(readJson(join(dist, 'build.json')));
  const text = described.safeParse(readJson(join(dist, 'cloudbaserc.json')));
  if (!record.success || !text.success) return null;
  return functionsOf(text.data, record.data.builds ?? {});
}

function functionsOf(cloudbase: unknown, builds: Readonly<Record<string, string>>): Wanted['functions'] {
  return described
    .parse(cloudbase)
    .functions.map(({ name, runtime, timeout, memorySize, triggers = [] }) => ({
      name,
      runtime,
      timeoutSeconds: timeout,
      memoryMb: memorySize,
      timers: triggers.map((trigger) => ({ name: trigger.name, cron: trigger.config })),
      build: builds[name] ?? null,
    }));
}

function readJson(file: string): unknown {
  try {
    return parseJson(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
