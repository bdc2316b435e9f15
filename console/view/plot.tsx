import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { onDemand, usePart } from '../on-demand';
import { extremes, type PlotData, type Series } from '../reading/series';
import { TICK_STEPS, ticksBetween, tickText, wideRange, wideTicks } from '../reading/ticks';
import { useSession } from '../session';

// A fifth of the script would be this library, which no other screen needs.
const LIBRARY = onDemand(() => import('uplot'));

/** A chart's height in CSS pixels: fixed before it is drawn, so that nothing moves. */
const HEIGHT = 132;

/** One chart with its title, its lines' names, and their values under the pointer. */
export function Plot({
  id,
  title,
  help,
  data,
  scale,
  format,
  window: [from, to],
}: {
  readonly id: string;
  readonly title: string;
  readonly help: string;
  readonly data: PlotData;
  readonly scale: PlotScale;
  readonly format: (value: number) => string;
  /** The visible span, in seconds since 1970, whether or not all of it has values. */
  readonly window: readonly [number, number];
}) {
  const { words } = useSession();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [index, setIndex] = useState<number | null>(null);
  const theme = useThemeName();
  const library = usePart(LIBRARY);
  const shape = data.series.map(({ name }) => name).join();

  useEffect(() => {
    const element = place.current;
    if (element === null || library === null || library === 'failed') return;
    const drawn = new library.default(
      {
        width: element.clientWidth,
        height: HEIGHT,
        ...styleOf(element, data.series, scale, format),
        // Not the library's own times, which use the browser's zone.
        scales: { x: { time: false, range: [from, to] }, y: SCALES[scale] },
        legend: { show: false },
        cursor: { sync: { key: 'overview' }, y: false, points: { size: 5 } },
        hooks: { setCursor: [({ cursor }) => setIndex(cursor.idx ?? null)] },
      },
      alignedOf(data, scale),
      element,
    );
    plot.current = drawn;
    const sized = new ResizeObserver(() => {
      drawn.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    sized.observe(element);
    return () => {
      sized.disconnect();
      drawn.destroy();
      plot.current = null;
    };
  }, [theme, shape, from, to, library]);
  useEffect(() => {
    plot.current?.setData(alignedOf(data, scale));
  }, [data]);

  const ends = extremes(data.series);
  // Without a pointer, the last measured value.
  const valueOf = ({ values }: Series): number | null =>
    index === null || index >= values.length
      ? (values.filter((value) => value !== null).at(-1) ?? null)
      : (values[index] ?? null);
  return (
    <figure class="plot" aria-labelledby={`${id}-title`}>
      <figcaption>
        <strong id={`${id}-title`}>{title}</strong>
        <small>{help}</small>
        <span class="legend">
          {data.series.map((series) => {
            const { name, colour } = series;
            const value = valueOf(series);
            return (
              <span key={name} class={colour}>
                {name} <b>{value === null ? '—' : format(value)}</b>
              </span>
            );
          })}
        </span>
      </figcaption>
      <div
        ref={place}
        class="canvas"
        role="img"
        aria-busy={library === null}
        aria-label={
          ends === null ? title : words.overview.plot.summary(title, format(ends.last), format(ends.most))
        }
      >
        {data.at.length === 0 ? <p>{words.overview.noFigures}</p> : null}
        {library === 'failed' && data.at.length > 0 ? <p>{words.trouble.notLoaded}</p> : null}
      </div>
    </figure>
  );
}

function alignedOf({ at, series }: PlotData, scale: PlotScale): uPlot.AlignedData {
  return [[...at], ...series.map(({ values }) => values.map((value) => placed(scale, value)))];
}

/**
 * The scale of a chart's values: counts, times, or times from milliseconds to days on one chart.
 */
export type PlotScale = 'count' | 'time' | 'wide_time';

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000] as const;

/** A quiet chart shows some space above its line instead of magnified noise. */
const SCALES: Readonly<Record<PlotScale, uPlot.Scale>> = {
  count: { range: (_plot, _least, most) => [0, Math.max(most * 1.08, 2)] },
  time: { range: (_plot, _least, most) => [0, Math.max(most * 1.08, MINUTE)] },
  wide_time: { range: (_plot, least, most) => wideRange(least, most) },
};

/** A value's position on its axis: times of all sizes by their logarithm. */
function placed(scale: PlotScale, value: number | null): number | null {
  return scale === 'wide_time' && value !== null ? Math.log10(Math.max(1, value)) : value;
}

const TIME_STEPS = [10, 20, 30]
  .map((n) => n * SECOND)
  .concat(
    [1, 2, 5, 10, 20, 30].map((n) => n * MINUTE),
    [1, 2, 3, 6, 12].map((n) => n * HOUR),
    [1, 2, 5, 10].map((n) => n * DAY),
  );

const AXES: Readonly<Record<PlotScale, uPlot.Axis>> = {
  count: {
    incrs: [1, 2, 5]
      .flatMap((n) => [n, 10 * n, 100 * n, 1_000 * n, 10_000 * n, 100_000 * n])
      .sort((a, b) => a - b),
  },
  time: { incrs: TIME_STEPS },
  wide_time: {
    splits: (_plot, _axis, from, to) => wideTicks(from, to),
    filter: (_plot, ticks) => ticks,
  },
};

function styleOf(
  element: HTMLElement,
  series: readonly Series[],
  scale: PlotScale,
  format: (value: number) => string,
): Pick<uPlot.Options, 'series' | 'axes' | 'padding'> {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const colours = {
    main: token('--plot-main'),
    bad: token('--bad'),
    warn: token('--warn'),
    quiet: token('--muted'),
  };
  const axis: uPlot.Axis = {
    stroke: token('--muted'),
    font: `11px ${token('--sans')}`,
    grid: { stroke: token('--grid'), width: 1 },
    ticks: { show: false },
  };
  return {
    padding: [8, 8, 0, 0],
    axes: [
      { ...axis, ...TIMES, grid: { show: false }, size: 22, space: 70, gap: 2 },
      {
        ...axis,
        ...AXES[scale],
        size: 52,
        gap: 4,
        space: 30,
        values: (_plot, ticks) =>
          ticks.map((tick) => format(scale === 'wide_time' ? Math.round(10 ** tick) : tick)),
      },
    ],
    series: [
      {},
      ...series.map(({ name, colour }, n): uPlot.Series => ({
        label: name,
        stroke: colours[colour],
        width: 1.5,
        // A value between two gaps has no line, so it is drawn as a point.
        points: { show: true, size: 4, filter: (drawn, at) => alone(drawn.data[at] ?? []) },
        ...(n === 0 ? { fill: token('--plot-fill') } : {}),
        spanGaps: false,
      })),
    ],
  };
}

function alone(values: ArrayLike<number | null | undefined>): number[] {
  const has = (n: number) => (values[n] ?? null) !== null;
  return Array.from({ length: values.length }, (_, n) => n).filter(
    (n) => has(n) && !has(n - 1) && !has(n + 1),
  );
}

const TIMES: uPlot.Axis = {
  incrs: [...TICK_STEPS],
  splits: (_plot, _axis, from, to, step) => ticksBetween(from, to, step),
  values: (plot, ticks) => {
    const { min = 0, max = 0 } = plot.scales['x'] ?? {};
    return ticks.map((tick) => tickText(tick, max - min));
  },
};

/** Changes with the page's colours, so that a canvas is drawn again. */
function useThemeName(): string {
  const [name, setName] = useState(themeName);
  useEffect(() => {
    const page = new MutationObserver(() => {
      setName(themeName());
    });
    page.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    return () => {
      page.disconnect();
    };
  }, []);
  return name;
}

function themeName(): string {
  return document.documentElement.dataset['theme'] ?? '';
}
