/** A setting by its path, with its value. */
type Named = readonly [path: string, value: unknown];

/** Two settings that contradict each other, why, and what would be allowed. Pure. */
export function differ([one, oneWas]: Named, [other, otherWas]: Named, why: string, allowed: string): string {
  return `  ${one} (was ${shown(oneWas)}) and ${other} (was ${shown(otherWas)}) do not agree: ${why}; allowed is ${allowed}`;
}

/** A setting's value as it is written. Pure. */
export function shown(value: unknown): string {
  return JSON.stringify(value);
}

/** A duration in minutes, as text. Pure. */
export function minutes(count: number): string {
  return Number.isFinite(count) ? `${Math.round(count * 10) / 10} min` : 'days';
}

/** A duration in seconds, as text. Pure. */
export function span(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'few days';
  return seconds < 120 ? `${seconds} s` : minutes(seconds / 60);
}
