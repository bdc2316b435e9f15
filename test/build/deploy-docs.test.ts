import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../lib/config/config';
import { WORKER_NAMES } from '../../lib/config/jobs';
import { RECOMMENDED_RUNTIME } from '../../lib/config/runtimes';
import { ACCESS_RULE, SCHEMA } from '../../lib/store/cloudbase/schema';

const textOf = (name: string) => readFileSync(join(__dirname, '..', '..', 'docs', name), 'utf8');
const config = readConfig({ merchants: [{ subMchId: '1900000109' }] });

describe.each(['deploy-by-hand.md', 'deploy-by-hand.zh-CN.md'])('docs/%s', (name) => {
  const text = textOf(name);

  it('lists every index that the store relies on, and the access rule', () => {
    const rows = Object.entries(SCHEMA).flatMap(([collection, { indexes }]) =>
      indexes.map((index) => {
        const fields = index.fields.map(([path, direction]) => `\`${path}\` ${direction}`).join(', ');
        return `| \`${collection}\` | \`${index.name}\` | ${fields} |`;
      }),
    );
    expect(rows.filter((row) => !text.includes(row))).toEqual([]);
    expect(text).toContain(ACCESS_RULE);
  });

  it('gives every function its limits', () => {
    const rows = Object.entries(config.functions).map(
      ([each, { timeoutMs, memoryMb }]) => `| \`${each}\` | ${timeoutMs / 1000} s | ${memoryMb} MB |`,
    );
    expect(rows.filter((row) => !text.includes(row))).toEqual([]);
  });

  it('keeps clients away from the callbacks and from every worker', () => {
    const closed = ['payCallback', 'refundCallback', ...Object.keys(config.timers)];
    expect(closed.filter((each) => !text.includes(`"${each}": { "invoke": false }`))).toEqual([]);
    expect(text).toContain('"*": { "invoke": "auth != null" }');
  });
});

describe.each(['deploy.md', 'deploy.zh-CN.md'])('docs/%s', (name) => {
  it('says of every trigger how it is uploaded, and names the runtime of new functions', () => {
    const text = textOf(name);
    expect(WORKER_NAMES.filter((worker) => !text.includes(`\n| \`${worker}\` | `))).toEqual([]);
    expect(text).toContain(RECOMMENDED_RUNTIME.replace('Nodejs', ''));
    expect(text).toContain(ACCESS_RULE);
  });
});
