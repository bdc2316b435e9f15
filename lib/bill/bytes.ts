import { pipeline, Readable } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';
import { isRecord } from '../values/json';

/** The bytes of a file in arrival order: a download, a file stream, or an array with one buffer. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** The largest piece. A huge chunk then yields its rows the same way as many small ones. */
const PIECE_BYTES = 64 * 1024;

/** Why decompression failed: the bytes end too early, or their checksum is wrong. */
export type GzipFault = 'gzip_truncated' | 'gzip_corrupt';

/**
 * Decompressed bytes, in pieces of at most 64 KiB. A compression fault arrives as the last piece,
 * not as an error.
 */
export interface PlainBytes {
  readonly pieces: AsyncIterable<Buffer | GzipFault>;
  /** Whether the input was gzipped. Known once the first piece has arrived. */
  gzipped(): boolean;
  /**
   * How many compressed bytes the pieces so far consumed; null when the input is not compressed.
   */
  compressedBytes(): number | null;
}

/**
 * Decompresses a file if it is gzip, as a stream. The first two bytes (0x1f 0x8b) decide, not the
 * request: WeChat Pay answers `tarType: GZIP` with either. Rejects only with an error of `chunks`
 * itself.
 */
export function plainBytes(chunks: Chunks): PlainBytes {
  let gzipped = false;
  const engine = createGunzip({ chunkSize: PIECE_BYTES });

  async function* pieces(): AsyncGenerator<Buffer | GzipFault, void, void> {
    const source = buffers(chunks);
    try {
      let head: Buffer = Buffer.alloc(0);
      while (head.length < 2) {
        const next = await source.next();
        if (next.done === true) break;
        head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
      }
      // No text begins with 0x1f: where nothing follows it, the file was cut after its first byte.
      gzipped = head[0] === 0x1f && (head.length < 2 || head[1] === 0x8b);
      yield* cut(gzipped ? gunzip(rejoin(head, source), engine) : rejoin(head, source));
    } catch (error) {
      const fault = gzipped ? gzipFault(error) : null;
      if (fault === null) throw error;
      yield fault;
    } finally {
      engine.destroy();
      await source.return();
    }
  }

  return {
    pieces: pieces(),
    gzipped: () => gzipped,
    compressedBytes: () => (gzipped ? engine.bytesWritten : null),
  };
}

/** zlib error codes start with `Z_`; every other error belongs to the source. */
function gzipFault(error: unknown): GzipFault | null {
  if (!isRecord(error) || typeof error.code !== 'string' || !error.code.startsWith('Z_')) return null;
  return error.code === 'Z_BUF_ERROR' ? 'gzip_truncated' : 'gzip_corrupt';
}

async function* buffers(chunks: Chunks): AsyncGenerator<Buffer, void, void> {
  for await (const chunk of chunks) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

async function* rejoin(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  yield head;
  yield* rest;
}

async function* gunzip(chunks: AsyncIterable<Buffer>, engine: Gunzip): AsyncGenerator<Buffer, void, void> {
  // The pipeline passes any error to the stream read below, so the callback has nothing to do.
  const plain = pipeline(Readable.from(chunks), engine, () => undefined);
  for await (const chunk of plain) {
    if (Buffer.isBuffer(chunk)) yield chunk;
  }
}

async function* cut(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
      yield chunk.subarray(start, start + PIECE_BYTES);
    }
  }
}
