import type { InputProblem } from '../input-error';

/** Kinds of files that hold no text, by their first bytes. */
const BYTES = {
  old_excel: [[0xd0, 0xcf, 0x11, 0xe0]],
  pdf: [[0x25, 0x50, 0x44, 0x46]],
  other_archive: [
    [0x52, 0x61, 0x72, 0x21], // RAR
    [0x37, 0x7a, 0xbc, 0xaf], // 7z
    [0xfd, 0x37, 0x7a, 0x58], // xz
    [0x28, 0xb5, 0x2f, 0xfd], // zstd
    [0x42, 0x5a, 0x68, 0x31], // bzip2, at each of its levels
    ...[0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39].map((level) => [0x42, 0x5a, 0x68, level]),
    [0x50, 0x4b, 0x03, 0x04], // ZIP, where one was unpacked already
    [0x1f, 0x8b], // gzip, likewise
  ],
  image: [
    [0x89, 0x50, 0x4e, 0x47],
    [0xff, 0xd8, 0xff],
    [0x47, 0x49, 0x46, 0x38],
    [0x52, 0x49, 0x46, 0x46],
  ],
} as const satisfies Partial<Record<InputProblem, readonly (readonly number[])[]>>;

const BINARY = ['old_excel', 'pdf', 'other_archive', 'image'] as const;

/** A kind of file that holds no text. */
export type BinaryKind = (typeof BINARY)[number];

/** Where a tar archive says that it is one. */
const TAR = { at: 257, mark: 'ustar' } as const;
/** Bytes that are enough to know a kind. */
export const KIND_BYTES = 512;

/** The kind of a file that begins with these bytes and holds no text; null for any other. */
export function binaryKind(head: Buffer): BinaryKind | null {
  if (head.toString('latin1', TAR.at, TAR.at + TAR.mark.length) === TAR.mark) return 'other_archive';
  const begins = (bytes: readonly number[]): boolean => bytes.every((byte, at) => head[at] === byte);
  return BINARY.find((kind) => BYTES[kind].some(begins)) ?? null;
}

const TEXTS = {
  web_page: /^(?:<(?:!doctype|!--|html|head|body|table|meta|style|\?xml|\?mso|\w*:?workbook)|mime-version:)/i,
  json_data: /^(?:[[{]\s*["{[]|[[{]\s*[\]}]\s*$)/,
  sql_dump:
    /^(?:--[^\n]*\b(?:dump|mysql|mariadb|postgresql|navicat|sql)\b|\/\*[!\s]|(?:insert|replace) (?:ignore )?into\b|(?:create|drop) table\b|set (?:names|foreign_key)|copy \S+ \()/i,
} as const satisfies Partial<Record<InputProblem, RegExp>>;

const WRITTEN = ['web_page', 'json_data', 'sql_dump'] as const;

/** A kind of text that is no table of cells. */
export type WrittenKind = (typeof WRITTEN)[number];

/** The kind of a text that begins so and is no table of cells; null for any other. */
export function writtenKind(beginning: string): WrittenKind | null {
  const text = beginning.replace(/^[\uFEFF\s]+/, '');
  return WRITTEN.find((kind) => TEXTS[kind].test(text)) ?? null;
}
