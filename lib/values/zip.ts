/** A file of an archive: its name and its text. */
export type ZipEntry = readonly [name: string, text: string];

/**
 * A zip archive of these files, stored without compression, so that it is made the same way in a
 * browser and on a server. Names must be ASCII. Pure; at most 4 GiB.
 */
export function zipOf(entries: readonly ZipEntry[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const files = entries.map(([name, text]) => {
    const bytes = encoder.encode(text);
    return { name: encoder.encode(name), bytes, crc: crc32(bytes) };
  });
  const local = files.reduce((sum, { name, bytes }) => sum + LOCAL + name.length + bytes.length, 0);
  const central = files.reduce((sum, { name }) => sum + CENTRAL + name.length, 0);
  const out = new Uint8Array(local + central + END);
  const view = new DataView(out.buffer);
  let at = 0;
  let listed = local;
  for (const { name, bytes, crc } of files) {
    const header = at;
    view.setUint32(at, 0x04034b50, true);
    describe(view, at + 4, { crc, size: bytes.length, name: name.length });
    out.set(name, at + LOCAL);
    out.set(bytes, at + LOCAL + name.length);
    at += LOCAL + name.length + bytes.length;
    view.setUint32(listed, 0x02014b50, true);
    view.setUint16(listed + 4, VERSION, true);
    describe(view, listed + 6, { crc, size: bytes.length, name: name.length });
    view.setUint32(listed + 42, header, true);
    out.set(name, listed + CENTRAL);
    listed += CENTRAL + name.length;
  }
  view.setUint32(listed, 0x06054b50, true);
  view.setUint16(listed + 8, files.length, true);
  view.setUint16(listed + 10, files.length, true);
  view.setUint32(listed + 12, central, true);
  view.setUint32(listed + 16, local, true);
  return out;
}

/** Bytes of a local header, of an entry of the directory, and of its end. */
const [LOCAL, CENTRAL, END] = [30, 46, 22];
/** Version 2.0: folders. */
const VERSION = 20;
/** 1 January 1980: the same files give the same bytes. */
const DATE = 0x21;

/** The fields that a file's header and its entry in the directory share. */
function describe(
  view: DataView,
  at: number,
  { crc, size, name }: { readonly crc: number; readonly size: number; readonly name: number },
): void {
  view.setUint16(at, VERSION, true);
  view.setUint16(at + 8, DATE, true);
  view.setUint32(at + 10, crc, true);
  view.setUint32(at + 14, size, true);
  view.setUint32(at + 18, size, true);
  view.setUint16(at + 22, name, true);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}
