import type { Timers } from '../../runtime/timers';
import { within } from '../../runtime/timers';
import { ArchiveError, type StatementArchive } from '../../statement/run/archive';
import type { ArchivedFile } from '../../model/statement/archived-file';
import { isRecord } from '../../values/json';
import { fingerprintOf, isIntact, notFound, pathOf } from '../archived-file';

/**
 * The part of wx-server-sdk that the archive uses, as a structural type, so that nothing here loads
 * the SDK: the runtime passes in the `cloud` it has initialised. Responses are `unknown` on
 * purpose: the SDK's types promise more than a broken response holds.
 */

/** The methods of an initialised `cloud` that the archive uses. */
export interface CloudFiles {
  uploadFile(options: { cloudPath: string; fileContent: Buffer }): unknown;
  downloadFile(options: { fileID: string }): unknown;
  deleteFile(options: { fileList: string[] }): unknown;
}

/** The dependencies of the archive. */
export interface CloudArchiveParts {
  readonly files: CloudFiles;
  readonly timers: Timers;
  /**
   * Time limit of one transfer, in ms. The SDK has none of its own: a stalled connection would
   * block the run indefinitely.
   */
  readonly timeoutMs: number;
}

/** Separates bills from the merchant's own files. */
const FOLDER = 'wxpay-statements';

const PIECE_BYTES = 256 * 1024;

/**
 * An archive of bills in the environment's cloud storage (云存储). Locations are file ids
 * (`cloud://…`). Opening makes no request. `keep`: 4 requests, because every file is read back.
 * `forget` and `drop`: 1 request; other files of that day stay, because the SDK cannot list a
 * folder. `read`: 2 requests, with the whole file, usually gzipped, in memory; it is verified
 * before the first piece is returned.
 */
export function openCloudArchive(parts: CloudArchiveParts): StatementArchive {
  return {
    async keep(subMchId, day, bytes, kind) {
      const print = fingerprintOf(bytes);
      const cloudPath = `${FOLDER}/${pathOf(subMchId, day, bytes, print, kind)}`;
      const file = { location: await upload(parts, cloudPath, bytes), ...print };
      // The SDK treats any storage response without an error text as success, whatever its HTTP
      // status. Only reading the bytes back proves it.
      if (isIntact(await download(parts, file), file)) return file;
      throw unavailable(file.location, 'was stored differently than it was sent');
    },
    async read(file) {
      const content = await download(parts, file);
      if (!isIntact(content, file)) throw notFound(file, 'changed');
      return pieces(content);
    },
    async forget(_subMchId, _day, file) {
      if (file !== null) await remove(parts, file);
    },
    drop: (file) => remove(parts, file),
  };
}

async function upload(
  { files, timers, timeoutMs }: CloudArchiveParts,
  cloudPath: string,
  bytes: Uint8Array,
): Promise<string> {
  // The SDK requires a Buffer: this one shares the same memory.
  const fileContent = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const answer = await within(timers, timeoutMs, async () => files.uploadFile({ cloudPath, fileContent }));
  switch (answer.kind) {
    case 'timeout':
      throw unavailable(cloudPath, 'was not uploaded in time');
    case 'error':
      throw unavailable(cloudPath, `could not be uploaded (${safeDetail(answer.error)})`);
    case 'value': {
      const id = isRecord(answer.value) ? answer.value['fileID'] : undefined;
      if (typeof id === 'string' && id !== '') return id;
      throw unavailable(cloudPath, 'was answered without a file id');
    }
  }
}

async function download(
  { files, timers, timeoutMs }: CloudArchiveParts,
  file: Pick<ArchivedFile, 'location'>,
): Promise<Uint8Array> {
  const { location } = file;
  const answer = await within(timers, timeoutMs, async () => files.downloadFile({ fileID: location }));
  switch (answer.kind) {
    case 'timeout':
      throw unavailable(location, 'was not downloaded in time');
    case 'error':
      if (isMissing(answer.error)) throw notFound(file, 'missing');
      throw unavailable(location, `could not be downloaded (${safeDetail(answer.error)})`);
    case 'value': {
      const content = isRecord(answer.value) ? answer.value['fileContent'] : undefined;
      if (content instanceof Uint8Array) return content;
      throw unavailable(location, 'was answered without content');
    }
  }
}

/** The SDK's code for `STORAGE_FILE_NONEXIST`. */
const FILE_NOT_THERE = -503003;

/**
 * The SDK resolves whatever happens to each file: only the file's own entry says that it is gone.
 */
async function remove(
  { files, timers, timeoutMs }: CloudArchiveParts,
  { location }: Pick<ArchivedFile, 'location'>,
): Promise<void> {
  const answer = await within(timers, timeoutMs, async () => files.deleteFile({ fileList: [location] }));
  switch (answer.kind) {
    case 'timeout':
      throw unavailable(location, 'was not removed in time');
    case 'error':
      if (isMissing(answer.error)) return;
      throw unavailable(location, `could not be removed (${safeDetail(answer.error)})`);
    case 'value':
      if (!isRemoved(answer.value)) throw unavailable(location, 'was not removed');
  }
}

/** True when the SDK's answer says that the only file it was asked to remove is gone. */
export function isRemoved(answer: unknown): boolean {
  const list = isRecord(answer) ? answer['fileList'] : undefined;
  const entry: unknown = Array.isArray(list) ? list[0] : undefined;
  if (!isRecord(entry)) return false;
  return entry['status'] === 0 || entry['status'] === FILE_NOT_THERE;
}

async function* pieces(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < content.length; from += PIECE_BYTES) {
    yield content.subarray(from, from + PIECE_BYTES);
  }
}

/**
 * True when CloudBase does not know the file, or the storage behind it has lost it: the SDK
 * includes the storage's HTTP status in its text.
 */
function isMissing(error: unknown): boolean {
  return codeOf(error) === 'STORAGE_FILE_NONEXIST' || statusIn(error) === '404';
}

/**
 * The parts of the SDK's error that are safe to show. Its text is not: it contains the signed URL
 * of the file, which gives anybody read access.
 */
export function safeDetail(error: unknown): string {
  const code = codeOf(error);
  const status = statusIn(error);
  return [code ?? 'no code', ...(status === undefined ? [] : [`HTTP ${status}`])].join(', ');
}

function codeOf(error: unknown): string | undefined {
  const code = isRecord(error) ? error['code'] : undefined;
  return typeof code === 'string' && /^[A-Z_]{1,64}$/.test(code) ? code : undefined;
}

function statusIn(error: unknown): string | undefined {
  const text = isRecord(error) ? error['errMsg'] : undefined;
  return typeof text === 'string' ? /Status:(\d{3})\b/.exec(text)?.[1] : undefined;
}

function unavailable(location: string, what: string): ArchiveError {
  return new ArchiveError('unavailable', `The bill ${location} ${what}; try again.`);
}
