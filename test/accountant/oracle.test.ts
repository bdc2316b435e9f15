import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { matchFiles } from '../../accountant/match-files';
import type { MatchReport } from '../../accountant/report';
import { readRequest } from '../../accountant/request';
import { isRecord } from '../../lib/values/json';
import { cases } from '../share';

const CASES = cases({ everyTime: 60, all: 5_000 });
const SEED = 20_261_130;

const hasPython = spawnSync('python3', ['--version']).status === 0;
const name = hasPython
  ? 'random bills and orders files come to what a program written apart says'
  : 'random bills and orders files (skipped: there is no python3)';

(hasPython ? test : test.skip)(
  name,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-oracle-'));
    try {
      const program = resolve(__dirname, 'oracle/oracle.py');
      const made = spawnSync('python3', [program, String(SEED), String(CASES), folder], {
        encoding: 'utf8',
        maxBuffer: 256 * 2 ** 20,
        env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
      });
      expect(made.stderr).toBe('');
      const lines = made.stdout.trim().split('\n');
      expect(lines).toHaveLength(CASES);
      for (const line of lines) {
        const { args, ...right }: { args: readonly string[] } & Record<string, unknown> = caseOf(line);
        const request = readRequest(args);
        if (request === 'help') throw new TypeError('no comparison');
        expect({ args, ...found(await matchFiles(request)) }).toEqual({ args, ...right });
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  cases({ everyTime: 600_000, all: 7_200_000 }),
);

function caseOf(line: string) {
  const value: unknown = JSON.parse(line);
  if (!isRecord(value) || !Array.isArray(value['args'])) throw new TypeError('not a case');
  return { ...value, args: value['args'].map(String) };
}

/** A report in the oracle's form: buckets with items alone, as count and sum. */
function found({ agree, byClass, equations }: MatchReport) {
  return {
    agree,
    classes: { ...byClass },
    tally: Object.fromEntries(
      equations.map(({ side, kind, buckets }) => [
        `${side} ${kind}`,
        Object.fromEntries(
          Object.entries(buckets).flatMap(([bucket, { count, sum }]) =>
            count === 0 ? [] : [[bucket, [count, sum]]],
          ),
        ),
      ]),
    ),
  };
}
