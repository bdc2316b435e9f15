import { fieldEnd, fieldStart, fieldText, type Fields } from './fields';

const SLOTS = 256;
const LONGEST = 64;
const COLUMNS = 64;

/** Reads a field as text. */
export type TextReader = (fields: Fields, position: number) => string;

/**
 * Creates a reader for columns whose few values recur in every row (merchant, bank, currency,
 * product): a value seen before is not decoded again and shares its string. A slot holds one short
 * text, so memory is constant. The slot that a column used last is tried first. (Decoding every
 * field each time: 465,000 rows/s with texts instead of 570,000.)
 */
export function recurringText(): TextReader {
  const texts = new Array<string>(SLOTS).fill('');
  const lengths = new Uint8Array(SLOTS);
  const known = new Uint8Array(SLOTS * LONGEST);
  const lastSlot = new Uint8Array(COLUMNS);

  function holds(slot: number, bytes: Buffer, start: number, length: number): boolean {
    if (lengths[slot] !== length) return false;
    const base = slot * LONGEST;
    let i = 0;
    while (i < length && known[base + i] === bytes[start + i]) i += 1;
    return i === length;
  }

  function learn(slot: number, text: string, bytes: Buffer, start: number, length: number): void {
    const base = slot * LONGEST;
    for (let i = 0; i < length; i += 1) known[base + i] = bytes[start + i] ?? 0;
    lengths[slot] = length;
    texts[slot] = text;
  }

  return (fields, position) => {
    const { bytes } = fields;
    const start = fieldStart(fields, position);
    const length = fieldEnd(fields, position) - start;
    if (length === 0) return '';
    if (length > LONGEST) return fieldText(fields, position);
    const last = lastSlot[position & (COLUMNS - 1)] ?? 0;
    if (holds(last, bytes, start, length)) return texts[last] ?? '';
    const slot = slotOf(bytes, start, length);
    if (!holds(slot, bytes, start, length)) learn(slot, fieldText(fields, position), bytes, start, length);
    lastSlot[position & (COLUMNS - 1)] = slot;
    return texts[slot] ?? '';
  };
}

function slotOf(bytes: Buffer, start: number, length: number): number {
  let hash = 0;
  for (let i = 0; i < length; i += 1) hash = (Math.imul(hash, 31) + (bytes[start + i] ?? 0)) | 0;
  return (hash ^ (hash >>> 8)) & (SLOTS - 1);
}
