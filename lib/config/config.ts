import type { z } from 'zod';
import type { RunsOn } from './agreement';
import type { Config } from './config-schema';
import { configSchema } from './config-schema';
import { CHANNELS, nearestKind } from './merchants';

/** Unusable settings. The message lists each by its path, with its value and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';
}

/**
 * Reads settings from a parsed `config.json` and fills in defaults. Throws `ConfigError` that lists
 * every invalid setting, or else every contradiction between settings that matters where it
 * `runsOn`. Secrets are not in this file: they come from the environment (`OPS_TOKEN`).
 */
export function readConfig(json: unknown, runsOn: RunsOn = 'cloud'): Config {
  const parsed = configSchema[runsOn].safeParse(json, { reportInput: true });
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  if (issues.every(isDisagreement)) {
    const contradictions = issues.map(({ message }) => message);
    throw new ConfigError(`settings of config.json do not agree:\n${contradictions.join('\n')}`);
  }
  const lines = issues.flatMap(describe);
  throw new ConfigError(`config.json is wrong in ${lines.length} place(s):\n${lines.join('\n')}`);
}

/** True for an issue of several settings that are right one by one. */
function isDisagreement(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'custom' && issue.params?.['disagree'] === true;
}

function describe(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.map(String).join('.') || '(the whole file)';
  if (issue.code === 'invalid_union') {
    const inside = nearestKind(issue.errors);
    if (inside.length === 0) return [`  ${path}.channel: must be one of ${quoted(CHANNELS)}`];
    return inside.flatMap((one) => describe({ ...one, path: [...issue.path, ...one.path] }));
  }
  if (issue.code === 'unrecognized_keys') {
    const at = issue.path.length === 0 ? '' : `${path}.`;
    return issue.keys.map((key) => `  ${at}${key}: there is no such setting`);
  }
  const was = issue.input === undefined ? 'missing' : `was ${shortText(issue.input)}`;
  return [`  ${path}: ${was}; ${mayBe(issue)}`];
}

/** The start of a value as JSON; its type when it cannot be serialised. */
function shortText(value: unknown): string {
  try {
    const text: unknown = JSON.stringify(value);
    return typeof text === 'string' ? text.slice(0, 80) : typeof value;
  } catch {
    return typeof value;
  }
}

function mayBe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') {
    return `must be ${issue.expected === 'int' ? 'a whole number' : `of type ${issue.expected}`}`;
  }
  if (issue.code === 'too_small') return `must be at least ${String(issue.minimum)}`;
  if (issue.code === 'too_big') return `must be at most ${String(issue.maximum)}`;
  if (issue.code === 'invalid_value') {
    return `must be one of ${quoted(issue.values)}`;
  }
  return issue.message;
}

function quoted(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(', ');
}
