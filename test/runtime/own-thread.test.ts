import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const PROGRAM = join(__dirname, 'threads', 'main.ts');

/* As an agent that watches a process is loaded. */
const WATCHED = '--import data:text/javascript,globalThis.watched=true';

test.each(['', WATCHED, '--require node:fs'])(
  'a program from a checkout starts its threads under NODE_OPTIONS="%s"',
  (options) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', PROGRAM], {
      env: { ...process.env, NODE_OPTIONS: options },
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'ready\n', stderr: '' });
  },
  120_000,
);
