import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { extremes, type PlotData, type Series } from '../reading/series';
import { useSession } from '../session';

/** How high a plot is, in CSS pixels: known before it is drawn, so that nothing moves when it is. */
const HEIGHT = 132;

/** One plot with its title, its lines' names, and their values under the pointer. */
export function Plot({
  id,
  title,
  help,
  data,
  format,
  window: [from, to],
}: {
  readonly id: string;
  readonly title: string;
  readonly help: string;
  readonly data: PlotData;
  readonly format: (value: number) => string;
  /** The span that is shown, in seconds since 1970, whatever of it has values. */
  readonly window: readonly [number, number];
}) {
  const { words } = useSession();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [index, setIndex] = useState<number | null>(null);
  const theme = useThemeName();
  const shape = data.series.map(({ name }) => name).join();

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const drawn = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        ...styleOf(element, data.series, format),
        scales: { x: { time: true, range: [from, to] }, y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.08 : 1] } },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Asia/Shanghai'),
        legend: { show: false },
        cursor: { sync: { key: 'overview' }, y: false, points: { size: 5 } },
        hooks: { setCursor: [({ cursor }) => setIndex(cursor.idx ?? null)] },
      },
      alignedOf(data),
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
  }, [theme, shape, from, to]);
  useEffect(() => {
    plot.current?.setData(alignedOf(data));
  }, [data]);

  const ends = extremes(data.series);
  const at = index !== null && index < data.at.length ? index : data.at.length - 1;
  return (
    <figure class="plot" aria-labelledby={`${id}-title`}>
      <figcaption>
        <strong id={`${id}-title`} title={help}>
          {title}
        </strong>
        <span class="legend">
          {data.series.map(({ name, colour, values }) => {
            const value = values[at] ?? null;
            return (
              <span key={name} class={colour}>
                {data.series.length > 1 ? `${name} ` : ''}
                <b>{value === null ? '—' : format(value)}</b>
              </span>
            );
          })}
        </span>
      </figcaption>
      <div
        ref={place}
        class="canvas"
        role="img"
        aria-label={ends === null ? title : words.overview.plot.summary(title, format(ends.last), format(ends.most))}
      >
        {data.at.length === 0 ? <p>{words.overview.noFigures}</p> : null}
      </div>
    </figure>
  );
}

function alignedOf({ at, series }: PlotData): uPlot.AlignedData {
  return [[...at], ...series.map(({ values }) => [...values])];
}

function styleOf(
  element: HTMLElement,
  series: readonly Series[],
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
      { ...axis, grid: { show: false }, size: 22, space: 70, gap: 2, values: TIMES },
      { ...axis, size: 52, gap: 4, space: 34, values: (_plot, ticks) => ticks.map((tick) => format(tick)) },
    ],
    series: [
      {},
      ...series.map(({ name, colour }, n): uPlot.Series => ({
        label: name,
        stroke: colours[colour],
        width: 1.5,
        // A value between two times when nothing was measured has no line: it is drawn as a point.
        points: { show: true, size: 4, filter: (drawn, at) => alone(drawn.data[at] ?? []) },
        ...(n === 0 ? { fill: token('--plot-fill') } : {}),
        spanGaps: false,
      })),
    ],
  };
}

function alone(values: ArrayLike<number | null | undefined>): number[] {
  const has = (n: number) => (values[n] ?? null) !== null;
  return Array.from({ length: values.length }, (_, n) => n).filter((n) => has(n) && !has(n - 1) && !has(n + 1));
}

/** 24 hours a day, and the date where a day begins. */
const TIMES: uPlot.Axis.Values = (plot, ticks) =>
  ticks.map((tick) => {
    const wall = uPlot.tzDate(new Date(tick * 1000), 'Asia/Shanghai');
    const two = (n: number) => String(n).padStart(2, '0');
    const midnight = wall.getHours() === 0 && wall.getMinutes() === 0;
    const days = (plot.scales['x']?.max ?? 0) - (plot.scales['x']?.min ?? 0) > 3 * 86_400;
    return midnight || days
      ? `${two(wall.getMonth() + 1)}-${two(wall.getDate())}`
      : `${two(wall.getHours())}:${two(wall.getMinutes())}`;
  });

/** Changes whenever the page's colours do: what is drawn on a canvas has to be drawn again. */
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
