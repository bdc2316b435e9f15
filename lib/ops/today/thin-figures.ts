import type { DelayFigures, Figures } from '../../model/figures';

/**
 * Thins figures for a chart to at most `most`, earliest first, by merging equal parts of the span.
 * Counts are added up. A state is taken from the last figure of a part, except for the oldest due
 * message and the delays, which keep their maximum so that no peak is lost. Few enough figures are
 * returned unchanged.
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
