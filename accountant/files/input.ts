import { open } from 'node:fs/promises';
import { createReadStream, statSync } from 'node:fs';
import type { Entry, ZipFile } from 'yauzl';
import { plainBytes } from '../../lib/bill/bytes';
import { InputError } from '../input-error';
import { binaryKind, KIND_BYTES } from './file-kinds';
import { limited, MOST_FILES } from './limits';

/**
 * A file that the accountant gave, as what it is: text (gzip removed), or a workbook. A ZIP archive
 * is as many files as it holds.
 */
export type Input =
  | {
      readonly kind: 'text';
      readonly name: string;
      /** The bytes as stored, gzipped or not; may be opened again. */
      raw(): AsyncIterable<Buffer>;
      /** The bytes, decompressed and within the limits; may be opened again. */
      plain(): AsyncIterable<Buffer>;
    }
  | { readonly kind: 'workbook'; readonly name: string; readonly path: string };

/** Called with the number of bytes read of a file, as it lies on the disk. */
export type OnBytes = (count: number) => void;

/** Bytes per disk read. */
const PIECE_BYTES = 256 * 1024;

/**
 * Opens a file by its first bytes, whatever its name says. Rejects with `InputError` for a file
 * that does not exist and for kinds that cannot be read.
 */
export async function openInput(path: string, onBytes: OnBytes): Promise<readonly Input[]> {
  const head = await headOf(path);
  if (head.length === 0) throw new InputError('empty_file', { file: path });
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04])) return inArchive(path, onBytes);
  return [textInput(path, () => fileChunks(path, onBytes))];
}

/** The size of a file in bytes. Throws `InputError` when it does not exist. */
export function sizeOf(path: string): number {
  try {
    const found = statSync(path);
    if (!found.isFile()) throw new InputError('not_a_file', { file: path });
    return found.size;
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError('not_found', { file: path }, { cause: error });
  }
}

async function headOf(path: string): Promise<Buffer> {
  sizeOf(path);
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function startsWith(head: Buffer, bytes: readonly number[]): boolean {
  return bytes.every((byte, at) => head[at] === byte);
}

async function* fileChunks(path: string, onBytes: OnBytes): AsyncGenerator<Buffer, void, void> {
  for await (const chunk of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
    if (!Buffer.isBuffer(chunk)) continue;
    onBytes(chunk.length);
    yield chunk;
  }
}

function textInput(name: string, raw: () => AsyncIterable<Buffer>): Input {
  return { kind: 'text', name, raw, plain: () => unzipped(name, raw()) };
}

async function* unzipped(name: string, raw: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  const plain = plainBytes(raw);
  async function* pieces(): AsyncGenerator<Buffer, void, void> {
    for await (const piece of plain.pieces) {
      if (typeof piece === 'string') throw new InputError(piece, { file: name });
      yield piece;
    }
  }
  yield* textOnly(
    limited(pieces(), name, () => plain.compressedBytes()),
    name,
  );
}

/** Passes bytes on, and refuses a file that holds no text by its first ones. */
async function* textOnly(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer, void, void> {
  let head: Buffer | null = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (head === null) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < KIND_BYTES) continue;
    yield checked(head, name);
    head = null;
  }
  if (head !== null && head.length > 0) yield checked(head, name);
}

function checked(head: Buffer, name: string): Buffer {
  const kind = binaryKind(head);
  if (kind !== null) throw new InputError(kind, { file: name });
  return head;
}

/** Files inside an archive that are not the accountant's: folders, and what macOS adds. */
const NOT_A_FILE = /\/$|(?:^|\/)(?:__MACOSX\/|\._|\.DS_Store$)/;

async function inArchive(path: string, onBytes: OnBytes): Promise<readonly Input[]> {
  const names: string[] = [];
  const archive = await openArchive(path);
  try {
    for await (const entry of entriesOf(archive, path)) {
      if (/^(?:xl\/workbook\.xml|\[Content_Types\]\.xml)$/.test(entry.fileName)) {
        return [{ kind: 'workbook', name: path, path }];
      }
      if (OTHER_WORKBOOK.test(entry.fileName)) throw new InputError('other_workbook', { file: path });
      if (NOT_A_FILE.test(entry.fileName)) continue;
      if (entry.isEncrypted()) throw new InputError('encrypted_archive', { file: path });
      if (/\.(?:xlsx?|zip|rar|7z)$/i.test(entry.fileName)) {
        throw new InputError('archive_in_archive', { file: path, inner: entry.fileName });
      }
      // An entry is found again by its name, so a second one of that name would never be read.
      if (names.includes(entry.fileName)) throw new InputError('bad_archive', { file: path });
      names.push(entry.fileName);
      if (names.length > MOST_FILES) throw new InputError('too_many_files', { most: MOST_FILES });
    }
  } finally {
    archive.close();
  }
  if (names.length === 0) throw new InputError('empty_archive', { file: path });
  onBytes(sizeOf(path));
  return names.map((inner) => textInput(`${path} › ${inner}`, () => entryChunks(path, inner)));
}

/** What only a workbook of LibreOffice (ods) or Numbers holds. */
const OTHER_WORKBOOK = /^(?:mimetype|content\.xml|Index(?:\.zip|\/.+\.iwa))$/;

/** The bytes of one file of a ZIP archive, decompressed and within the limits. */
export async function* entryChunks(path: string, inner: string): AsyncGenerator<Buffer, void, void> {
  const archive = await openArchive(path);
  try {
    for await (const entry of entriesOf(archive, path)) {
      if (entry.fileName !== inner) continue;
      const stream = await archive.openReadStreamPromise(entry);
      yield* limited(buffersOf(stream), path, () => entry.compressedSize);
      return;
    }
  } catch (error) {
    throw error instanceof InputError
      ? error
      : new InputError('bad_archive', { file: path }, { cause: error });
  } finally {
    archive.close();
  }
}

async function* buffersOf(stream: AsyncIterable<unknown>): AsyncGenerator<Buffer, void, void> {
  for await (const chunk of stream) if (Buffer.isBuffer(chunk)) yield chunk;
}

/** Opens an archive. Rejects with `InputError` when it is damaged. */
export async function openArchive(path: string): Promise<ZipFile> {
  try {
    // Loaded for archives alone: most files are none.
    const { openPromise } = await import('yauzl');
    return await openPromise(path, { autoClose: false, lazyEntries: true });
  } catch (error) {
    throw new InputError('bad_archive', { file: path }, { cause: error });
  }
}

/** The entries of an archive. Rejects with `InputError` when it is damaged. */
export async function* entriesOf(archive: ZipFile, path: string): AsyncGenerator<Entry, void, void> {
  const entries = archive.eachEntry()[Symbol.asyncIterator]();
  for (;;) {
    const next = await entries.next().catch((error: unknown) => {
      throw new InputError('bad_archive', { file: path }, { cause: error });
    });
    if (next.done === true) return;
    yield next.value;
  }
}
