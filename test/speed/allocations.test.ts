import { fork } from 'node:child_process';
import { once } from 'node:events';
import { isRecord } from '../../lib/values/json';
import { compiled } from '../compiled/compiled';

/** Starts the measuring process and answers what it says. */
async function measured(): Promise<Readonly<Record<string, unknown>>> {
  const child = fork(compiled('test/speed/allocations.ts'), {
    execArgv: ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const said: unknown = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`it ended with ${String(code)} and said nothing`)));
  });
  if (child.exitCode === null) await once(child, 'exit');
  return isRecord(said) ? said : {};
}

describe('what a notification costs in memory', () => {
  // Bytes. Measured when the bounds were set: 17,400, 10,800 and none. The bounds catch growth by
  // half, not noise.
  it('is bounded, received and applied, and nothing of it stays', async () => {
    const { received, applied, left } = await measured();
    expect(received).toBeGreaterThan(1_000);
    expect(received).toBeLessThan(26_000);
    expect(applied).toBeGreaterThan(1_000);
    expect(applied).toBeLessThan(20_000);
    expect(left).toBeLessThan(200);
  }, 120_000);
});
