import { randomUUID } from 'node:crypto';
import { MalformedRequest } from './errors';

type Fields = Readonly<Record<string, unknown>>;

/** The files of one environment, by cloud path. */
export interface Storage {
  readonly files: ReadonlyMap<string, Buffer>;
  /** The `cloud://` name the SDK knows a path by. */
  fileId(path: string): string;
}

/** Storage and the gateway's side of it: the SDK's actions, and the transfers its links lead to. */
export interface StorageService extends Storage {
  readonly actions: ReadonlyMap<string, (fields: Fields) => Readonly<Record<string, unknown>>>;
  /** Stores an upload. Returns false when the authorization is not the one handed out for this path. */
  receive(path: string, authorization: string | undefined, bytes: Buffer): boolean;
}

/** Makes an empty storage. `filesUrl` gives the address that files are uploaded to and downloaded from. */
export function newStorage(envId: string, filesUrl: () => string): StorageService {
  const files = new Map<string, Buffer>();
  const uploads = new Map<string, string>();
  const prefix = `cloud://${envId}.loopback-${envId}/`;
  const fileId = (path: string): string => `${prefix}${path}`;
  const link = (path: string): string => `${filesUrl()}/${path.split('/').map(encodeURIComponent).join('/')}`;

  function pathOf(id: unknown): string {
    if (typeof id !== 'string' || !id.startsWith(prefix))
      throw new MalformedRequest('a file id of another environment');
    return id.slice(prefix.length);
  }

  return {
    files,
    fileId,
    receive(path, authorization, bytes) {
      if (authorization === undefined || uploads.get(path) !== authorization) return false;
      uploads.delete(path);
      files.set(path, bytes);
      return true;
    },
    actions: new Map<string, (fields: Fields) => Readonly<Record<string, unknown>>>([
      [
        'storage.getUploadMetadata',
        ({ path }) => {
          if (typeof path !== 'string' || path === '') throw new MalformedRequest('path is not a text');
          const authorization = randomUUID();
          uploads.set(path, authorization);
          return {
            data: {
              url: link(path),
              token: 'loopback',
              authorization,
              fileId: fileId(path),
              cosFileId: randomUUID(),
            },
          };
        },
      ],
      [
        'storage.batchGetDownloadUrl',
        (fields) => ({
          data: {
            download_list: listOf(fields, 'file_list').map((entry) => {
              const id = isFileEntry(entry) ? entry.fileid : undefined;
              const path = pathOf(id);
              return files.has(path)
                ? // The SDK encodes this link before it follows it.
                  { code: 'SUCCESS', fileID: id, tempFileURL: `${filesUrl()}/${path}` }
                : { code: 'STORAGE_FILE_NONEXIST', fileID: id, tempFileURL: '' };
            }),
          },
        }),
      ],
      [
        'storage.batchDeleteFile',
        (fields) => ({
          data: {
            delete_list: listOf(fields, 'fileid_list').map((id) => ({
              fileID: id,
              code: files.delete(pathOf(id)) ? 'SUCCESS' : 'STORAGE_FILE_NONEXIST',
            })),
          },
        }),
      ],
    ]),
  };
}

function isFileEntry(value: unknown): value is { readonly fileid: unknown } {
  return typeof value === 'object' && value !== null && 'fileid' in value;
}

function listOf(fields: Fields, name: string): readonly unknown[] {
  const list = fields[name];
  if (!Array.isArray(list)) throw new MalformedRequest(`${name} is not a list`);
  return list;
}
