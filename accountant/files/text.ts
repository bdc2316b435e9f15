import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';

/** How a text is encoded. GB18030 contains GBK and GB2312. */
export type Encoding = 'UTF-8' | 'UTF-16LE' | 'UTF-16BE' | 'GB18030';

/** A text while it is decoded. */
export interface DecodedText {
  readonly texts: AsyncIterable<string>;
  /** What was recognised so far; plain ASCII counts as UTF-8. */
  readonly encoding: () => Encoding;
}

/**
 * Decodes a stream of bytes. A byte order mark decides; without one a NUL byte means UTF-16, and
 * the first bytes beyond ASCII decide between UTF-8 and GB18030. Bytes that are invalid afterwards
 * become U+FFFD, so that they cost one cell and not the file.
 */
export function decodedText(chunks: AsyncIterable<Uint8Array>): DecodedText {
  let encoding: Encoding | null = null;

  async function* texts(): AsyncGenerator<string, void, void> {
    let decoder: TextDecoder | null = null;
    let isFirst = true;
    for await (const chunk of chunks) {
      if (chunk.length === 0) continue;
      if (decoder === null) {
        encoding = encodingOf(chunk, isFirst);
        if (encoding === null) {
          isFirst = false;
          yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
          continue;
        }
        decoder = new TextDecoder(encoding);
      }
      yield decoder.decode(chunk, { stream: true });
    }
    const rest = decoder?.decode() ?? '';
    if (rest !== '') yield rest;
  }

  return { texts: texts(), encoding: () => encoding ?? 'UTF-8' };
}

/** Bytes looked at for NUL, which no text but UTF-16 contains. */
const LOOKED_AT = 4096;

/** The encoding of a text that begins with this chunk; null when it is ASCII so far. */
export function encodingOf(chunk: Uint8Array, isFirst = true): Encoding | null {
  if (isFirst) {
    if (chunk[0] === 0xff && chunk[1] === 0xfe) return 'UTF-16LE';
    if (chunk[0] === 0xfe && chunk[1] === 0xff) return 'UTF-16BE';
    const nuls = [0, 0];
    chunk.subarray(0, LOOKED_AT).forEach((byte, at) => {
      if (byte === 0) nuls[at % 2] = (nuls[at % 2] ?? 0) + 1;
    });
    const [even = 0, odd = 0] = nuls;
    if (even + odd > 0) return odd >= even ? 'UTF-16LE' : 'UTF-16BE';
  }
  if (!chunk.some((byte) => byte >= 0x80)) return null;
  return isUtf8(withoutTail(chunk)) ? 'UTF-8' : 'GB18030';
}

/** Without the last bytes when they may be a character that the chunk cuts. */
function withoutTail(chunk: Uint8Array): Uint8Array {
  for (let back = 1; back <= 3 && back <= chunk.length; back += 1) {
    const byte = chunk[chunk.length - back] ?? 0;
    if (byte < 0x80) return chunk;
    if (byte >= 0xc0) return chunk.subarray(0, chunk.length - back);
  }
  return chunk;
}
