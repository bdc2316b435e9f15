import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Config } from '../../lib/config/config-schema';
import { buildConsole } from '../../server/operators/console-files';
import { isConsolePart } from '../../server/operators/console-place';

/** One written file, and its compressed size. */
export interface WrittenFile {
  readonly name: string;
  readonly bytes: number;
  readonly packed: number;
}

/**
 * Writes the console as a static site: plain files that any web server may serve, with their policy
 * inside.
 */
export async function writeConsole(folder: string, { ops }: Config): Promise<readonly WrittenFile[]> {
  const files = await buildConsole({ opsUrl: ops.apiUrl, demoUrl: null, ownPolicy: true });
  mkdirSync(folder, { recursive: true });
  // Parts have another name in every version: those of earlier ones would stay.
  for (const name of readdirSync(folder).filter(isConsolePart)) rmSync(join(folder, name));
  return Object.entries(files).map(([name, text]) => {
    writeFileSync(join(folder, name), text);
    return { name, bytes: Buffer.byteLength(text), packed: gzipSync(text, { level: 9 }).length };
  });
}
