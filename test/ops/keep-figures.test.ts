import { FIGURES_SPAN_MS, keepFigures, lastSpanEnd } from '../../lib/ops/watch/keep-figures';
import { instant, later } from '../../lib/values/instant';
import { onStage } from '../inbox/stage';
import { message, START } from '../store/builders';
import { figuresAt } from '../store/operations-builders';

const FORTY_DAYS_MS = 40 * 86_400_000;
/** A full hour. */
const HOUR = instant(Math.ceil(START / 3_600_000) * 3_600_000);

test('figures are those of the span that ended last, whenever in the next one they are measured', () =>
  onStage(async ({ store }) => {
    await store.inbox.record(message(1, { receivedAt: later(HOUR, 1) }));
    const end = later(HOUR, FIGURES_SPAN_MS);
    for (const into of [0, 30_000, FIGURES_SPAN_MS - 1]) {
      expect(lastSpanEnd(later(end, into))).toBe(end);
      expect(await keepFigures(store, later(end, into))).toMatchObject({ at: end, heard: 1 });
    }
    // One more in the span that is under way: not theirs.
    await store.inbox.record(message(2, { receivedAt: end }));
    await keepFigures(store, later(end, 40_000));
    const kept = await store.figures.range(HOUR, later(HOUR, 3_600_000));
    expect(kept.map(({ at, heard, pending }) => ({ at, heard, pending }))).toEqual([
      { at: end, heard: 1, pending: 2 },
    ]);
  }));

test('figures that no plot reaches any more are forgotten', () =>
  onStage(async ({ store }) => {
    const oldest = later(HOUR, -FORTY_DAYS_MS);
    for (const at of [later(oldest, -FIGURES_SPAN_MS), oldest]) await store.figures.put(figuresAt(at));
    await keepFigures(store, HOUR);
    expect((await store.figures.range(instant(0), later(HOUR, 1))).map(({ at }) => at)).toEqual([
      oldest,
      HOUR,
    ]);
  }));
