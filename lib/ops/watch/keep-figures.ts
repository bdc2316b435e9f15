import type { Store } from '../../store/port';
import type { Instant } from '../../values/instant';
import { instant, later } from '../../values/instant';
import type { Figures } from '../../model/figures';
import type { Standing } from '../today/figures-now';
import { measureFigures } from '../today/figures-now';

/**
 * The span of one row of figures, in ms. The watchdog must run at least this often, or charts have
 * gaps.
 */
export const FIGURES_SPAN_MS = 300_000;

/** How long figures are kept, in ms: as long as a chart's span. */
const KEPT_MS = 40 * 86_400_000;

/** How often old figures are deleted, in ms. */
const FORGOTTEN_EVERY_MS = 3_600_000;

/**
 * The end of the last completed span: a multiple of its length, so two runs in one span write one
 * row.
 */
export function lastSpanEnd(now: Instant): Instant {
  return instant(Math.floor(now / FIGURES_SPAN_MS) * FIGURES_SPAN_MS);
}

/**
 * Measures the last completed span and stores its figures; once an hour deletes those that no chart
 * reaches. A missed run leaves a gap, since past states cannot be measured. CloudBase:
 * `measureFigures` and 1 to 3 requests.
 */
export async function keepFigures(store: Store, now: Instant, standing?: Standing): Promise<Figures> {
  const at = lastSpanEnd(now);
  const figures = await measureFigures(store, at, FIGURES_SPAN_MS, standing);
  await store.figures.put(figures);
  if (at % FORGOTTEN_EVERY_MS === 0) await store.figures.forgetBefore(later(at, -KEPT_MS));
  return figures;
}
