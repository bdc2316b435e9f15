import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { DeliberateFault } from './fault';
import { withFault } from './patch';

const ROOT = resolve(__dirname, '../../..');

/** A copy of this repository in which mistakes can be made: nothing of the original is touched. */
export interface Mirror {
  readonly root: string;
  /**
   * Runs something with a fault in the copy, and removes it again. Rejects unless its place exists
   * exactly once.
   */
  withFault<Result>(fault: DeliberateFault, run: () => Promise<Result>): Promise<Result>;
  remove(): void;
}

/**
 * Copies every source file that git tracks or would track; packages are those of the original.
 * Everything in it sees a fault: tests, the processes they start, and code that reads files. `name`
 * tells apart those that are open at the same time. The path of each is always the same, so that
 * Jest's cache of the other files serves the next fault too.
 */
export function openMirror(name: string): Mirror {
  const hash = createHash('sha256').update(ROOT).digest('hex').slice(0, 12);
  const root = join(tmpdir(), `wxpay-inbox-mirror-${hash}-${name}`);
  rmSync(root, { recursive: true, force: true });
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  for (const file of new Set(files.split('\0').filter((name) => name !== ''))) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(join(ROOT, file), join(root, file), { force: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return {
    root,
    async withFault(fault, run) {
      const file = join(root, fault.file);
      const whole = readFileSync(file, 'utf8');
      writeFileSync(file, withFault(whole, fault));
      try {
        return await run();
      } finally {
        writeFileSync(file, whole);
      }
    },
    remove() {
      rmSync(root, { recursive: true, force: true });
    },
  };
}
