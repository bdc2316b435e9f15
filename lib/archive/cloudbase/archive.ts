import type { Timers } from '../../runtime/timers';
import { within } from '../../runtime/timers';
import { ArchiveError, type StatementArchive } from '../../statement/run/archive';
import type { ArchivedFile } from '../../model/statement-run';
import { isRecord } from '../../values/json';
import { fingerprintOf, isIntact, notFound, pathOf } from '../archived-file';

/**
 * The part of wx-server-sdk that the archive uses, by structure, so that nothing here loads the
 * SDK: the runtime passes in the `cloud` it has initialised. Answers are `unknown` on purpose: the
 * SDK's types promise more than a broken answer holds.
 */

/** What the archive needs of an initialised `cloud`. */
export interface CloudFiles {
  uploadFile(options: { cloudPath: string; fileContent: Buffer }): unknown;
  downloadFile(options: { fileID: string }): unknown;
  deleteFile(options: { fileList: string[] }): unknown;
}

/** What the archive is made of. */
export interface CloudArchiveParts {
  readonly files: CloudFiles;
  readonly timers: Timers;
  /**
   * How long one transfer may take, in ms. The SDK sets no limit of its own: a connection that
   * stalls would hold the run for ever.
   */
  readonly timeoutMs: number;
}

/** Keeps the statements apart from the merchant's own files. */
const FOLDER = 'wxpay-statements';

const PIECE_BYTES = 256 * 1024;

/**
 * An archive of statements in the environment's cloud storage (云存储). Locations are file ids
 * (`cloud://…`). Opening makes no request. Kept: 4 requests, because every file is read back.
 * Removed: 1 request, and what else was kept of that day stays: the SDK cannot list a folder. Read:
 * 2 requests, and the whole file, gzipped mostly, is in memory; it is compared with what was kept
 * before the first piece is given.
 */
export function openCloudArchive(parts: CloudArchiveParts): StatementArchive {
  return {
    async keep(subMchId, day, bytes) {
      const print = fingerprintOf(bytes);
      const cloudPath = `${FOLDER}/${pathOf(subMchId, day, bytes, print)}`;
      const file = { location: await upload(parts, cloudPath, bytes), ...print };
      // The SDK takes any answer of the storage without an error text for success, whatever its
      // HTTP status. Only the bytes prove it.
      if (isIntact(await download(parts, file), file)) return file;
      throw unavailable(file.location, 'came back other than it was sent');
    },
    async read(file) {
      const content = await download(parts, file);
      if (!isIntact(content, file)) throw notFound(file, 'changed');
      return pieces(content);
    },
    async forget(_subMchId, _day, file) {
      if (file !== null) await remove(parts, file);
    },
  };
}

async function upload(
  { files, timers, timeoutMs }: CloudArchiveParts,
  cloudPath: string,
  bytes: Uint8Array,
): Promise<string> {
  // The SDK wants a Buffer: this is one on the same memory.
  const fileContent = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const answer = await within(timers, timeoutMs, async () => files.uploadFile({ cloudPath, fileContent }));
  switch (answer.kind) {
    case 'timeout':
      throw unavailable(cloudPath, 'was not taken in time');
    case 'error':
      throw unavailable(cloudPath, `could not be uploaded (${whatWasSaid(answer.error)})`);
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
      throw unavailable(location, 'did not come in time');
    case 'error':
      if (isMissing(answer.error)) throw notFound(file, 'missing');
      throw unavailable(location, `could not be downloaded (${whatWasSaid(answer.error)})`);
    case 'value': {
      const content = isRecord(answer.value) ? answer.value['fileContent'] : undefined;
      if (content instanceof Uint8Array) return content;
      throw unavailable(location, 'was answered without content');
    }
  }
}

/** The SDK's number for `STORAGE_FILE_NONEXIST`. */
const FILE_NOT_THERE = -503003;

/** The SDK resolves whatever became of each file: only its own entry says that it is gone. */
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
      throw unavailable(location, `could not be removed (${whatWasSaid(answer.error)})`);
    case 'value':
      if (!isRemoved(answer.value)) throw unavailable(location, 'was not removed');
  }
}

function isRemoved(answer: unknown): boolean {
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
 * CloudBase knows no such file, or the storage behind it has lost it: the SDK puts the storage's
 * HTTP status into its text.
 */
function isMissing(error: unknown): boolean {
  return codeOf(error) === 'STORAGE_FILE_NONEXIST' || statusIn(error) === '404';
}

/**
 * The parts of the SDK's rejection that are safe to show. Its text is not: it quotes the signed
 * address of the file, with which anybody could read it.
 */
function whatWasSaid(error: unknown): string {
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
  return new ArchiveError('unavailable', `The statement ${location} ${what}; try again.`);
}
