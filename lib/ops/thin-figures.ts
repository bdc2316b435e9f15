import type { DelayFigures, Figures } from '../model/figures';

/**
 * At most so many figures for a plot, earliest first: those of equal parts of the span are taken together. What was counted in a span is
 * added up; how things stood is taken from the last of them, but of what is watched for its height (the oldest due message, delays) the
 * highest, so that no peak is lost by looking from further away. Figures that are few enough come back as they are.
 */
export function thinned(figures: readonly Figures[], most: number): readonly Figures[] {
  const [first] = figures;
  const last = figures.at(-1);
  if (figures.length <= most || first === undefined || last === undefined) return figures;
  const length = (last.at - first.at + 1) / most;
  const parts = new Map<number, Figures>();
  for (const one of figures) {
    const part = Math.floor((one.at - first.at) / length);
    const before = parts.get(part);
    parts.set(part, before === undefined ? one : together(before, one));
  }
  return [...parts.values()];
}

function together(a: Figures, b: Figures): Figures {
  const delays: Partial<Record<keyof Figures['delays'], DelayFigures>> = { ...a.delays };
  for (const path of PATHS) {
    const [one, other] = [a.delays[path], b.delays[path]];
    if (other !== undefined) delays[path] = one === undefined ? other : slower(one, other);
  }
  return {
    ...b,
    spanMs: a.spanMs + b.spanMs,
    heard: a.heard + b.heard,
    withoutCallback: a.withoutCallback + b.withoutCallback,
    oldestDueMs: Math.max(a.oldestDueMs, b.oldestDueMs),
    delays,
  };
}

const PATHS = [
  'callback',
  'query',
  'close',
  'refund',
  'statement',
] as const satisfies readonly (keyof Figures['delays'])[];

function slower(a: DelayFigures, b: DelayFigures): DelayFigures {
  return {
    count: a.count + b.count,
    p50Ms: Math.max(a.p50Ms, b.p50Ms),
    p95Ms: Math.max(a.p95Ms, b.p95Ms),
    maxMs: Math.max(a.maxMs, b.maxMs),
  };
}
