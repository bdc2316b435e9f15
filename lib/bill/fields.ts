const COMMA = 0x2c;
const BACK_TICK = 0x60;

/**
 * The longest line the reader accepts. A row has about 300 bytes; a file with a longer line than
 * this is not a bill.
 */
export const MAX_LINE_BYTES = 64 * 1024;

/**
 * One line cut into fields, without copying: field `k` is `bytes[from[k]]` up to, not including,
 * `bytes[to[k]]`. The same object is reused for every line, so callers must not keep it.
 */
export interface Fields {
  bytes: Buffer;
  count: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/**
 * Allocates room for the fields of any line up to `MAX_LINE_BYTES`: each field takes at least the
 * two bytes of its separator.
 */
export function emptyFields(): Fields {
  const most = MAX_LINE_BYTES / 2 + 1;
  return { bytes: Buffer.alloc(0), count: 0, from: new Int32Array(most), to: new Int32Array(most) };
}

/**
 * Cuts a line at every comma followed by a back-tick and drops the first back-tick. A comma alone,
 * a quote or a back-tick alone is text: the format has no quoting and no escaping.
 */
export function cutFields(fields: Fields, bytes: Buffer, start: number, end: number): void {
  const { from, to } = fields;
  let count = 0;
  let first = bytes[start] === BACK_TICK && start < end ? start + 1 : start;
  for (let i = start + 1; i < end; i += 1) {
    if (bytes[i] === BACK_TICK && bytes[i - 1] === COMMA) {
      from[count] = first;
      to[count] = i - 1;
      count += 1;
      first = i + 1;
    }
  }
  from[count] = first;
  to[count] = end;
  fields.bytes = bytes;
  fields.count = count + 1;
}

/**
 * Joins the surplus fields of a line into the text at `position`: earlier fields keep their
 * position from the left, later fields theirs from the right. The returned function undoes it.
 */
export function joinSurplus(fields: Fields, position: number, width: number): () => void {
  const { count } = fields;
  const from = fields.from.slice(0, count);
  const to = fields.to.slice(0, count);
  const surplus = count - width;
  fields.to.copyWithin(position, position + surplus, count);
  fields.from.copyWithin(position + 1, position + 1 + surplus, count);
  fields.count = width;
  return () => {
    fields.from.set(from);
    fields.to.set(to);
    fields.count = count;
  };
}

/**
 * Start of field `position`; 0 for a column that the bill does not have (-1), which so reads as
 * empty.
 */
export function fieldStart(fields: Fields, position: number): number {
  return position < 0 ? 0 : (fields.from[position] ?? 0);
}

/** End of field `position`; 0 for a column that the bill does not have. */
export function fieldEnd(fields: Fields, position: number): number {
  return position < 0 ? 0 : (fields.to[position] ?? 0);
}

/** Decodes a field as UTF-8 text. */
export function fieldText(fields: Fields, position: number): string {
  const start = fieldStart(fields, position);
  const end = fieldEnd(fields, position);
  return start === end ? '' : fields.bytes.toString('utf8', start, end);
}

/** Decodes a field that must be ASCII. Any other byte yields a text that every guard rejects. */
export function fieldAscii(fields: Fields, position: number): string {
  return fields.bytes.toString('latin1', fieldStart(fields, position), fieldEnd(fields, position));
}
