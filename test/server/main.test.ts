import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EndedEarly, prepareFolder, startProcess } from '../torture/real-process';
import { inFolder } from './running';

/* What the process says of settings that it cannot read. */

const settings = (folder: string) => join(folder, 'config.json');

test.each([
  ['are missing', (folder: string) => rmSync(settings(folder)), /^config.json does not exist: .*folder/],
  ['are no JSON', (folder: string) => writeFileSync(settings(folder), '{'), /^config.json is not JSON: /],
])(
  'settings that %s end the process with one sentence and 1',
  (_what, spoil, why) =>
    inFolder(async (folder) => {
      prepareFolder(folder);
      spoil(folder);
      const ended: unknown = await startProcess(folder).catch((error: unknown) => error);
      if (!(ended instanceof EndedEarly)) throw new TypeError('the server started');
      expect(ended.exit).toEqual([1, null]);
      expect(ended.output).toMatch(why);
      expect(ended.output.trim().split('\n')).toHaveLength(1);
    }),
  120_000,
);
