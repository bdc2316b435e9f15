import { yuanToFen, type Fen } from '../../lib/values/fen';

/** A count as text: `12,345`. */
export function count(value: number): string {
  const text = String(Math.trunc(Math.abs(value)));
  return `${value < 0 ? '−' : ''}${grouped(text)}`;
}

/** A typed amount in yuan as fen; null when it is not an amount, or has a fraction of a fen. */
export function typedYuan(text: string): Fen | null {
  return yuanToFen(
    text
      .trim()
      .replace(/^[¥￥]/, '')
      .replaceAll(/[,，]/g, ''),
  );
}

function grouped(digits: string): string {
  return digits.replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/**
 * By how many percent an amount differs from an earlier one: `+12 %`; empty when there was nothing
 * before, because no share of nothing says anything. `same`: the text for no difference.
 */
export function changeOf(now: number, before: number, same: string): string {
  if (before === 0) return '';
  const percent = Math.round(((now - before) * 100) / before);
  if (percent === 0) return same;
  return `${percent > 0 ? '+' : '−'}${count(Math.abs(percent))} %`;
}
