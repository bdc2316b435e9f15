import { fenToYuan, yuanToFen, type Fen } from '../../lib/values/fen';

/** An amount as people read it: `¥1,234.50`, `−¥0.27`. Never through floating point. */
export function yuan(amount: Fen): string {
  const text = fenToYuan(amount);
  const negative = text.startsWith('-');
  const [whole = '', fraction = ''] = text.slice(negative ? 1 : 0).split('.');
  return `${negative ? '−' : ''}¥${grouped(whole)}.${fraction}`;
}

/** A count as people read it: `12,345`. */
export function count(value: number): string {
  const text = String(Math.trunc(Math.abs(value)));
  return `${value < 0 ? '−' : ''}${grouped(text)}`;
}

/** What somebody typed as an amount in yuan: fen, or null when it is no amount, or has parts of a fen. */
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
