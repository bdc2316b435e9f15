import type { Fen } from './fen';
import { fenToYuan, isFen } from './fen';
import type { Json } from './json';

/*
 * Money as people read it. The console, the commands and the demo show amounts in yuan and in this
 * form only; files for a spreadsheet hold plain numbers of yuan (`fenToYuan`).
 */

/** An amount as text: `¥1,234.50`, `−¥0.27`. Never through floating point. */
export function yuan(amount: Fen): string {
  const text = fenToYuan(amount);
  const negative = text.startsWith('-');
  const [whole = '', fraction = ''] = text.slice(negative ? 1 : 0).split('.');
  return `${negative ? '−' : ''}¥${whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')}.${fraction}`;
}

/**
 * One side of a discrepancy as text: numbers in it are amounts in fen and shown in yuan; `—` where
 * that side has nothing.
 */
export function sideText(value: Json): string {
  if (value === null) return '—';
  if (typeof value === 'string') return value;
  if (isFen(value)) return yuan(value);
  if (typeof value === 'object' && !Array.isArray(value)) {
    return Object.entries(value)
      .map(([name, inner]) => `${name.replaceAll('_', ' ')} ${sideText(inner)}`.trim())
      .join(', ');
  }
  return JSON.stringify(value);
}

/** The same for a spreadsheet: an amount is a plain number of yuan, nothing is empty. */
export function sideCell(value: Json): string {
  if (value === null) return '';
  return isFen(value) ? fenToYuan(value) : sideText(value);
}
