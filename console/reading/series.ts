import type { Figures } from '../../lib/model/figures';
import type { Source } from '../../lib/model/message';
import type { PlotSpan } from '../route';

/** One line of a chart: a value per point, null where nothing was measured. */
export interface Series {
  readonly name: string;
  readonly colour: 'main' | 'bad' | 'warn' | 'quiet';
  readonly values: readonly (number | null)[];
}

/** The data of a chart. `at`: seconds since 1970, ascending. */
export interface PlotData {
  readonly at: readonly number[];
  readonly series: readonly Series[];
}

/** The span of a chart, in ms. */
export const SPAN_MS: Readonly<Record<PlotSpan, number>> = {
  '6h': 6 * 3_600_000,
  '24h': 86_400_000,
  '7d': 7 * 86_400_000,
  '30d': 30 * 86_400_000,
};

/** The sources whose delays are shown: no payment becomes known first from another one. */
export const DELAY_PATHS = ['callback', 'query', 'statement'] as const satisfies readonly Source[];

/** The names of the charts' lines, in the reader's language. */
export interface SeriesNames {
  readonly all: string;
  readonly withoutCallback: string;
  readonly oldest: string;
  readonly pending: string;
  readonly dead: string;
  readonly due: string;
  readonly failed: string;
  readonly open: string;
  readonly paths: Readonly<Record<(typeof DELAY_PATHS)[number], string>>;
}

/** The overview's charts. */
export interface Plots {
  readonly heard: PlotData;
  readonly backlog: PlotData;
  readonly inbox: PlotData;
  readonly delay: PlotData;
  readonly fulfilment: PlotData;
  readonly discrepancies: PlotData;
}

/** Makes the charts from stored figures, earliest first. */
export function plotsOf(kept: readonly Figures[], names: SeriesNames): Plots {
  const figures = withGaps(kept);
  const at = figures.map((one) => one.at / 1000);
  const plot = (...series: readonly Series[]): PlotData => ({ at, series });
  const line = (name: string, colour: Series['colour'], value: (one: Figures) => number | null): Series => ({
    name,
    colour,
    values: figures.map((one) => (one.figures === null ? null : value(one.figures))),
  });
  const openCount = ({ openDiscrepancies }: Figures) =>
    Object.values(openDiscrepancies).reduce((sum, n) => sum + n, 0);
  const colours = { callback: 'main', query: 'warn', statement: 'bad' } as const;
  return {
    heard: plot(
      line(names.all, 'main', (one) => one.heard),
      line(names.withoutCallback, 'bad', (one) => one.withoutCallback),
    ),
    backlog: plot(line(names.oldest, 'main', (one) => one.oldestDueMs)),
    inbox: plot(
      line(names.pending, 'main', (one) => one.pending),
      line(names.dead, 'bad', (one) => one.dead),
    ),
    delay: plot(
      ...DELAY_PATHS.map((path) =>
        line(names.paths[path], colours[path], (one) => one.delays[path]?.p95Ms ?? null),
      ),
    ),
    fulfilment: plot(
      line(names.due, 'main', (one) => one.orders.fulfilment.due),
      line(names.failed, 'bad', (one) => one.orders.fulfilment.dead),
    ),
    discrepancies: plot(line(names.open, 'bad', openCount)),
  };
}

/** A point of a chart, or a time without figures. */
interface Point {
  readonly at: number;
  readonly figures: Figures | null;
}

/**
 * Adds a gap where points are further apart than twice their span: a line across it would show what
 * was never measured.
 */
function withGaps(figures: readonly Figures[]): readonly Point[] {
  return figures.flatMap((one, n): readonly Point[] => {
    const point = { at: one.at, figures: one };
    const before = figures[n - 1];
    const gap = before !== undefined && one.at - before.at > 2 * Math.max(one.spanMs, before.spanMs);
    return gap ? [{ at: before.at + 1_000, figures: null }, point] : [point];
  });
}

/** The latest and the highest value of a series; null without any. */
export function extremes(series: readonly Series[]): { readonly last: number; readonly most: number } | null {
  const [first] = series;
  const values = series.flatMap((one) => one.values.filter((value) => value !== null));
  const last = first?.values.filter((value) => value !== null).at(-1) ?? null;
  return last === null && values.length === 0 ? null : { last: last ?? 0, most: Math.max(...values) };
}
