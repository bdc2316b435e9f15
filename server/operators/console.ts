import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Answer } from '../door/http';
import { problem } from '../door/http';
import type {
  ConsoleBuild,
  ConsoleFileName,
  ConsoleFiles,
  ConsolePartName,
  ConsolePlace,
} from './console-place';
import { consolePolicy, isConsolePart, servedPlace } from './console-place';

const TYPES: Readonly<Record<ConsoleFileName, Answer['type']>> = {
  'index.html': 'text/html; charset=utf-8',
  'console.js': 'text/javascript; charset=utf-8',
  'console.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  'manifest.webmanifest': 'application/manifest+json',
};

/** One file ready to send: plain and compressed, under the hash of its content. */
interface Sent {
  readonly plain: Buffer;
  readonly packed: Buffer;
  readonly etag: string;
}

/** Answers requests for the console's files. */
export type ConsolePages = (request: IncomingMessage, path: string) => Promise<Answer>;

/** From a checkout: bundled by esbuild, which `dist/server` does not have. */
export const bundledConsole: ConsoleBuild = async (place) =>
  (await import('./console-files')).buildConsole(place);

/** Serves the console under `/console/`. The first request builds it. */
export function openConsole(
  build: ConsoleBuild = bundledConsole,
  place: ConsolePlace = servedPlace(true),
): ConsolePages {
  let files: Promise<ReadonlyMap<string, Sent>> | null = null;
  const ready = () => {
    // After a failed build the next request tries again, because the cause may be fixed by then.
    files ??= build(place)
      .then(sentOf)
      .catch((error: unknown) => {
        files = null;
        throw error;
      });
    return files;
  };
  return async (request, path) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return { ...problem(405, 'METHOD_NOT_ALLOWED', 'use GET'), headers: { allow: 'GET' } };
    }
    if (path === '/console')
      return { status: 308, type: 'text/plain; charset=utf-8', body: '', headers: { location: '/console/' } };
    const name = path.slice('/console/'.length) || 'index.html';
    const file = isFile(name) ? (await ready()).get(name) : undefined;
    if (!isFile(name) || file === undefined) return problem(404, 'NOT_FOUND', 'this address does not exist');
    return sent(request, name, file, place);
  };
}

function isFile(name: string): name is ConsoleFileName | ConsolePartName {
  return Object.hasOwn(TYPES, name) || isConsolePart(name);
}

function sentOf(files: ConsoleFiles): ReadonlyMap<string, Sent> {
  return new Map(
    Object.entries(files).map(([name, text]) => {
      const plain = Buffer.from(text);
      const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
      return [name, { plain, packed: gzipSync(plain, { level: 9 }), etag }];
    }),
  );
}

function sent(
  request: IncomingMessage,
  name: ConsoleFileName | ConsolePartName,
  { plain, packed, etag }: Sent,
  place: ConsolePlace,
): Answer {
  const headers = {
    'content-security-policy': `${consolePolicy(place)}; frame-ancestors 'none'`,
    'referrer-policy': 'no-referrer',
    // Revalidated on every visit: a new version shows at once, and an unchanged file is never sent
    // twice. A part never changes under its name.
    'cache-control': isConsolePart(name) ? 'max-age=31536000, immutable' : 'no-cache',
    vary: 'accept-encoding',
    etag,
  };
  const type = isConsolePart(name) ? TYPES['console.js'] : TYPES[name];
  if (request.headers['if-none-match'] === etag) return { status: 304, type, body: '', headers };
  const packs = /\bgzip\b/.test(request.headers['accept-encoding']?.toString() ?? '');
  return packs
    ? { status: 200, type, body: packed, headers: { ...headers, 'content-encoding': 'gzip' } }
    : { status: 200, type, body: plain, headers };
}
