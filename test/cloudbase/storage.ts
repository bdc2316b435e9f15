import { randomUUID } from 'node:crypto';
import { MalformedRequest } from './errors';

type Fields = Readonly<Record<string, unknown>>;

const TOKEN = 'loopback-security-token';

/** The files of one environment, by cloud path. */
export interface Storage {
  readonly files: ReadonlyMap<string, Buffer>;
  /** The `cloud://` name the SDK knows a path by. */
  fileId(path: string): string;
  /** Puts other bytes at a path, or none, as somebody in the console may. */
  tamper(path: string, bytes: Buffer | null): void;
}

/** What an upload was allowed by. */
interface UploadGrant {
  readonly path: string;
  readonly cosFileId: string;
}

/** Storage and the gateway's side of it: the SDK's actions, and the transfers its links lead to. */
export interface StorageService extends Storage {
  readonly actions: ReadonlyMap<string, (fields: Fields) => Readonly<Record<string, unknown>>>;
  /**
   * Stores an upload. Returns what is wrong when its headers are not those that `getUploadMetadata`
   * gave for this path.
   */
  receive(
    path: string,
    headers: Readonly<Record<string, string | string[] | undefined>>,
    bytes: Buffer,
  ): string | null;
}

/** Creates an empty storage. `filesUrl` is the address for uploads and downloads of files. */
export function newStorage(envId: string, filesUrl: () => string): StorageService {
  const files = new Map<string, Buffer>();
  /** By the authorization. Two uploads to one path may be under way at once. */
  const grants = new Map<unknown, UploadGrant>();
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
    tamper(path, bytes) {
      if (bytes === null) files.delete(path);
      else files.set(path, bytes);
    },
    receive(path, headers, bytes) {
      const { authorization } = headers;
      const grant = grants.get(authorization);
      const expected: Readonly<Record<string, string | undefined>> = {
        signature: grant?.path === path ? String(authorization) : undefined,
        'x-cos-security-token': TOKEN,
        'x-cos-meta-fileid': grant?.cosFileId,
        key: encodeURIComponent(path),
      };
      const wrong = Object.keys(expected).filter((name) => headers[name] !== expected[name]);
      if (grant === undefined || wrong.length > 0) return `not what was handed out: ${wrong.join(', ')}`;
      files.set(path, bytes);
      return null;
    },
    actions: new Map<string, (fields: Fields) => Readonly<Record<string, unknown>>>([
      [
        'storage.getUploadMetadata',
        ({ path, method }) => {
          if (typeof path !== 'string' || path === '') throw new MalformedRequest('path is not a text');
          if (method !== 'put') throw new MalformedRequest('this SDK uploads by PUT');
          const authorization = randomUUID();
          const cosFileId = randomUUID();
          grants.set(authorization, { path, cosFileId });
          return {
            data: {
              url: link(path),
              token: TOKEN,
              authorization,
              fileId: fileId(path),
              cosFileId,
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
