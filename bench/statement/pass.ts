import { createReadStream } from 'node:fs';
import { readStatementRows, verifyStatement } from '../../lib/statement/read';

/**
 * Run as a process of its own, so that its memory is its own: reads the bill in argv[2] as argv[3] says (`verify`,
 * or `verify+read`: verified in one pass, its rows handed out in a second) and prints `{rows, ms, rssKb}`.
 */
async function main(): Promise<void> {
  const [, , path = '', mode] = process.argv;
  const begun = performance.now();
  const verdict = await verifyStatement(open(path));
  if (verdict.kind === 'refused') throw new Error(verdict.message);
  let rows = verdict.rows;
  if (mode === 'verify+read') {
    rows = 0;
    for await (const event of readStatementRows(open(path), { sha1: verdict.sha1 })) {
      if (event.kind === 'refused') throw new Error(event.message);
      if (event.kind === 'rows') rows += event.rows.length;
    }
  }
  const ms = performance.now() - begun;
  console.log(JSON.stringify({ rows, ms, rssKb: process.resourceUsage().maxRSS }));
}

const open = (path: string) => createReadStream(path, { highWaterMark: 256 * 1024 });

void main();
