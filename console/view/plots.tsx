import { useMemo } from 'preact/hooks';
import { instant } from '../../lib/values/instant';
import { useAsk } from '../api/use-ask';
import { count } from '../reading/money';
import { plotsOf, SPAN_MS } from '../reading/series';
import { span } from '../reading/time';
import { CHOICES, type PlotSpan } from '../route';
import { useSession } from '../session';
import { Tabs } from './filters';
import { Panel, Trouble } from './parts';
import { Plot } from './plot';

/** Windows start and end on whole steps, so that a refresh repeats the same request. */
const STEP_MS = 300_000;

/** Charts of the figures that the watchdog keeps. */
export function Plots({ spanName }: { readonly spanName: PlotSpan }) {
  const { words, overview } = useSession();
  const to = Math.ceil((overview.now + 1) / STEP_MS) * STEP_MS;
  const from = to - SPAN_MS[spanName];
  const { answer, failure } = useAsk('history', { from: instant(from), to: instant(to) });
  const names = words.overview.plot;
  const plots = useMemo(
    () =>
      plotsOf(answer?.figures ?? [], {
        all: names.all,
        withoutCallback: names.withoutCallback,
        oldest: names.backlog,
        pending: names.pending,
        dead: words.message.state.dead,
        due: names.due,
        failed: words.fulfilment.dead,
        open: words.discrepancy.state.open,
        paths: words.path,
      }),
    [answer, words],
  );
  const duration = (ms: number) => span(ms, words.units);
  const whole = (value: number) => (Number.isInteger(value) ? count(value) : '');
  const window = useMemo(() => [from / 1000, to / 1000] as const, [from, to]);
  return (
    <Panel
      id="plots"
      title={words.overview.plots}
      aside={
        <Tabs
          name={words.overview.plots}
          choices={CHOICES.span}
          chosen={spanName}
          label={(one) => words.overview.span[one]}
          route={(one) => ({ screen: 'overview', span: one })}
        />
      }
    >
      {failure === null ? null : <Trouble failure={failure} />}
      <div class="plots">
        <Plot
          id="heard"
          title={names.heard}
          help={names.heardHelp}
          data={plots.heard}
          scale="count"
          format={whole}
          window={window}
        />
        <Plot
          id="delay"
          title={names.delay}
          help={names.delayHelp}
          data={plots.delay}
          scale="wide_time"
          format={duration}
          window={window}
        />
        <Plot
          id="backlog"
          title={names.backlog}
          help={names.backlogHelp}
          data={plots.backlog}
          scale="time"
          format={duration}
          window={window}
        />
        <Plot
          id="inbox"
          title={names.dead}
          help={names.deadHelp}
          data={plots.inbox}
          scale="count"
          format={whole}
          window={window}
        />
        <Plot
          id="fulfilment"
          title={names.fulfilment}
          help={names.fulfilmentHelp}
          data={plots.fulfilment}
          scale="count"
          format={whole}
          window={window}
        />
        <Plot
          id="discrepancies-plot"
          title={names.discrepancies}
          help={names.discrepanciesHelp}
          data={plots.discrepancies}
          scale="count"
          format={whole}
          window={window}
        />
      </div>
    </Panel>
  );
}
