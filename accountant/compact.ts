const CHUNK_BITS = 16;
const CHUNK = 1 << CHUNK_BITS;

/** A growing column of numbers, each stored in the bytes of its type. Unset entries read as 0. */
export interface NumberColumn {
  readonly get: (index: number) => number;
  readonly set: (index: number, value: number) => void;
}

type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/**
 * Creates a column of the type that `make` returns. It grows by whole chunks, so growing copies
 * nothing and causes no memory peak.
 */
export function numberColumn(make: (length: number) => Numbers): NumberColumn {
  const chunks: Numbers[] = [];
  return {
    get: (index) => chunks[index >>> CHUNK_BITS]?.[index & (CHUNK - 1)] ?? 0,
    set(index, value) {
      while (chunks.length <= index >>> CHUNK_BITS) chunks.push(make(CHUNK));
      const chunk = chunks[index >>> CHUNK_BITS];
      if (chunk !== undefined) chunk[index & (CHUNK - 1)] = value;
    },
  };
}

const MOST_IN_32_BITS = 2 ** 32 - 1;

/**
 * Creates a column of non-negative amounts: 4 bytes each, and more for the few beyond 42 million
 * yuan.
 */
export function amountColumn(): NumberColumn {
  const small = numberColumn((length) => new Uint32Array(length));
  const large = new Map<number, number>();
  return {
    get: (index) => {
      const value = small.get(index);
      return value === MOST_IN_32_BITS ? (large.get(index) ?? value) : value;
    },
    set(index, value) {
      small.set(index, Math.min(value, MOST_IN_32_BITS));
      if (value >= MOST_IN_32_BITS) large.set(index, value);
    },
  };
}

/** Short ASCII texts, stored as bytes outside the JavaScript heap and addressed by position. */
export interface TextStore {
  /** Stores a text of at most 127 ASCII characters and returns its position, which is never 0. */
  readonly add: (text: string) => number;
  readonly read: (place: number) => string;
  readonly equals: (place: number, text: string) => boolean;
  /** As `equals`, for the text in `bytes[start]` up to `bytes[end]`. */
  readonly equalsBytes: (place: number, bytes: Uint8Array, start: number, end: number) => boolean;
}

const BLOCK_BITS = 20;
const BLOCK = 1 << BLOCK_BITS;
const DIGITS_ONLY = 0x80;
const ZERO = 0x30;

/**
 * Creates a text store. Texts of digits alone take half a byte per digit: a transaction ID takes 15
 * bytes, compared with 40 plus a pointer for a JavaScript string. Holds up to 4 GiB.
 */
export function textStore(): TextStore {
  const blocks: Uint8Array[] = [new Uint8Array(BLOCK)];
  /** Place 0 means "no text". */
  let used = 1;

  function write(block: Uint8Array, at: number, text: string, digits: boolean): void {
    block[at] = text.length | (digits ? DIGITS_ONLY : 0);
    if (!digits) {
      for (let i = 0; i < text.length; i += 1) block[at + 1 + i] = text.charCodeAt(i);
      return;
    }
    for (let i = 0; i < text.length; i += 2) {
      const second = i + 1 < text.length ? text.charCodeAt(i + 1) - ZERO : 0;
      block[at + 1 + (i >> 1)] = ((text.charCodeAt(i) - ZERO) << 4) | second;
    }
  }

  return {
    add(text) {
      const digits = /^[0-9]+$/.test(text);
      const bytes = 1 + (digits ? (text.length + 1) >> 1 : text.length);
      if (text.length >= DIGITS_ONLY) throw new RangeError('too long for a compact text');
      if ((used & (BLOCK - 1)) + bytes > BLOCK) used = (used | (BLOCK - 1)) + 1;
      while (blocks.length <= used >>> BLOCK_BITS) blocks.push(new Uint8Array(BLOCK));
      const block = blocks[used >>> BLOCK_BITS];
      if (block === undefined) throw new RangeError('no room for another text');
      const place = used;
      write(block, place & (BLOCK - 1), text, digits);
      used += bytes;
      return place;
    },
    read(place) {
      const block = blocks[place >>> BLOCK_BITS];
      const at = place & (BLOCK - 1);
      const head = block?.[at] ?? 0;
      const length = head & (DIGITS_ONLY - 1);
      const codes: number[] = [];
      for (let i = 0; i < length; i += 1) codes.push(codeAt(block, at, head, i));
      return String.fromCharCode(...codes);
    },
    equals(place, text) {
      const block = blocks[place >>> BLOCK_BITS];
      const at = place & (BLOCK - 1);
      const head = block?.[at] ?? 0;
      if ((head & (DIGITS_ONLY - 1)) !== text.length) return false;
      for (let i = 0; i < text.length; i += 1) {
        if (codeAt(block, at, head, i) !== text.charCodeAt(i)) return false;
      }
      return true;
    },
    equalsBytes(place, bytes, start, end) {
      const block = blocks[place >>> BLOCK_BITS];
      const at = place & (BLOCK - 1);
      const head = block?.[at] ?? 0;
      const length = end - start;
      if (block === undefined || (head & (DIGITS_ONLY - 1)) !== length) return false;
      return head < DIGITS_ONLY
        ? areBytes(block, at + 1, bytes, start, length)
        : areDigits(block, at + 1, bytes, start, length);
    },
  };
}

function areBytes(block: Uint8Array, at: number, bytes: Uint8Array, start: number, length: number): boolean {
  for (let i = 0; i < length; i += 1) if (block[at + i] !== bytes[start + i]) return false;
  return true;
}

/** Compares two digits at a time. A single last digit is padded with 0. */
function areDigits(block: Uint8Array, at: number, bytes: Uint8Array, start: number, length: number): boolean {
  for (let i = 0; i < length; i += 2) {
    const first = (bytes[start + i] ?? 0) - ZERO;
    const second = i + 1 < length ? (bytes[start + i + 1] ?? 0) - ZERO : 0;
    if (second < 0 || second > 9 || block[at + (i >> 1)] !== first * 16 + second) return false;
  }
  return true;
}

function codeAt(block: Uint8Array | undefined, at: number, head: number, i: number): number {
  if (head < DIGITS_ONLY) return block?.[at + 1 + i] ?? 0;
  const pair = block?.[at + 1 + (i >> 1)] ?? 0;
  return ZERO + ((i & 1) === 0 ? pair >> 4 : pair & 15);
}

/** Unique ids, numbered from 0 in the order they are added. */
export interface IdTable {
  readonly size: () => number;
  /** The number of this id; -1 when it is not in the table. */
  readonly find: (id: string) => number;
  /** As `find`, for the id in `bytes[start]` up to `bytes[end]`. */
  readonly findBytes: (bytes: Uint8Array, start: number, end: number) => number;
  /** The number of this id, added if it is new. */
  readonly add: (id: string) => number;
  /** The id of a number that `add` returned. */
  readonly id: (index: number) => string;
}

/**
 * Creates a table of ids: open addressing, at most three quarters full. Ids are ASCII, at most 127
 * characters.
 */
export function idTable(): IdTable {
  const texts = textStore();
  const places = numberColumn((length) => new Uint32Array(length));
  /** Index + 1 of the id in each slot; 0 is a free slot. */
  let slots = new Uint32Array(1024);
  let size = 0;

  /** The slot of this id, or the free one where it belongs. */
  function slotOf(id: string): number {
    const mask = slots.length - 1;
    let slot = hash(id) & mask;
    for (;;) {
      const entry = slots[slot] ?? 0;
      if (entry === 0 || texts.equals(places.get(entry - 1), id)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  function grow(): void {
    slots = new Uint32Array(slots.length * 2);
    for (let index = 0; index < size; index += 1) slots[slotOf(texts.read(places.get(index)))] = index + 1;
  }

  return {
    size: () => size,
    find: (id) => (slots[slotOf(id)] ?? 0) - 1,
    findBytes(bytes, start, end) {
      const mask = slots.length - 1;
      for (let slot = hashOfBytes(bytes, start, end) & mask; ; slot = (slot + 1) & mask) {
        const entry = slots[slot] ?? 0;
        if (entry === 0 || texts.equalsBytes(places.get(entry - 1), bytes, start, end)) return entry - 1;
      }
    },
    add(id) {
      const slot = slotOf(id);
      const found = slots[slot] ?? 0;
      if (found !== 0) return found - 1;
      places.set(size, texts.add(id));
      size += 1;
      slots[slot] = size;
      if (size * 4 > slots.length * 3) grow();
      return size - 1;
    },
    id: (index) => texts.read(places.get(index)),
  };
}

const HASH_BEGIN = 0x811c9dc5;
const HASH_STEP = 0x01000193;

function hash(id: string): number {
  let value = HASH_BEGIN;
  for (let i = 0; i < id.length; i += 1) value = Math.imul(value ^ id.charCodeAt(i), HASH_STEP);
  return spread(value);
}

/** As `hash`, for an id in bytes. */
function hashOfBytes(bytes: Uint8Array, start: number, end: number): number {
  let value = HASH_BEGIN;
  for (let i = start; i < end; i += 1) value = Math.imul(value ^ (bytes[i] ?? 0), HASH_STEP);
  return spread(value);
}

/** Spreads ids that differ only in their last digits. */
function spread(value: number): number {
  const mixed = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
