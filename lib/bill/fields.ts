const COMMA = 0x2c;
const BACK_TICK = 0x60;

/**
 * The longest line that is read. A row has about 300 bytes; whatever is longer than this is no
 * statement.
 */
export const MAX_LINE_BYTES = 64 * 1024;

/**
 * One line cut into fields, without copying: field `k` is `bytes[from[k]]` up to, not including,
 * `bytes[to[k]]`. One such object is used again for every line, so nothing may keep it beyond the
 * line.
 */
export interface Fields {
  bytes: Buffer;
  count: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/**
 * Makes room for the fields of any line up to `MAX_LINE_BYTES`: a field takes at least the two
 * bytes of its separator.
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
 * Gives the surplus separators of an overfull line back to the text at `position`: fields before it
 * keep their place counted from the left, fields after it theirs counted from the right. `restore`
 * undoes it.
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
 * Where field `position` begins; 0 for a column the statement does not have (-1), which so reads as
 * empty.
 */
export function fieldStart(fields: Fields, position: number): number {
  return position < 0 ? 0 : (fields.from[position] ?? 0);
}

/** Where field `position` ends; 0 for a column the statement does not have. */
export function fieldEnd(fields: Fields, position: number): number {
  return position < 0 ? 0 : (fields.to[position] ?? 0);
}

/** The bytes of a field as text. */
export function fieldText(fields: Fields, position: number): string {
  const start = fieldStart(fields, position);
  const end = fieldEnd(fields, position);
  return start === end ? '' : fields.bytes.toString('utf8', start, end);
}

/**
 * The bytes of a field that can only be right in ASCII; anything else comes out as a text no guard
 * accepts.
 */
export function fieldAscii(fields: Fields, position: number): string {
  return fields.bytes.toString('latin1', fieldStart(fields, position), fieldEnd(fields, position));
}
