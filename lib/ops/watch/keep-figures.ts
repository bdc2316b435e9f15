import type { Store } from '../../store/port';
import type { Instant } from '../../values/instant';
import { instant, later } from '../../values/instant';
import type { Figures } from '../../model/figures';
import { measureFigures } from '../figures-now';

/** The span of one row of figures, in ms. The watchdog's timer has to come at least as often, or plots have gaps. */
export const FIGURES_SPAN_MS = 300_000;

/** How long figures are kept, in ms: as far back as an operator's plot may look. */
const KEPT_MS = 40 * 86_400_000;

/** How often old ones are forgotten, in ms. */
const FORGOTTEN_EVERY_MS = 3_600_000;

/** The end of the span that ended last: a multiple of its length, so that two runs in one span write one row. */
export function lastSpanEnd(now: Instant): Instant {
  return instant(Math.floor(now / FIGURES_SPAN_MS) * FIGURES_SPAN_MS);
}

/**
 * Measures the span that ended last and keeps its figures; once an hour forgets those that no plot reaches. A run that did not
 * happen leaves a gap: how things stood then nobody knows. CloudBase: `measureFigures` and 1 to 3 requests.
 */
export async function keepFigures(store: Store, now: Instant): Promise<Figures> {
  const at = lastSpanEnd(now);
  const figures = await measureFigures(store, at, FIGURES_SPAN_MS);
  await store.figures.put(figures);
  if (at % FORGOTTEN_EVERY_MS === 0) await store.figures.forgetBefore(later(at, -KEPT_MS));
  return figures;
}
