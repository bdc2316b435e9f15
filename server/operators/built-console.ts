import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConsoleBuild } from './console-place';
import { isConsolePart, placed } from './console-place';

/** The console's files as `npm run build` wrote them into a folder, for this server. */
export function builtConsole(folder: string): ConsoleBuild {
  const text = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  return async (place) => ({
    ...Object.fromEntries(
      await Promise.all(
        (await readdir(folder)).filter(isConsolePart).map(async (name) => [name, await text(name)] as const),
      ),
    ),
    'index.html': placed(await text('index.html'), place),
    'console.js': await text('console.js'),
    'console.css': await text('console.css'),
    'icon.svg': await text('icon.svg'),
    'manifest.webmanifest': await text('manifest.webmanifest'),
  });
}
