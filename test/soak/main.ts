import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { simulatedBytesPerOrder, soak, type Sample } from './soak';

const MB = 1024 * 1024;

/**
 * The most that anything may grow between the first day with deleted messages and the last, as a
 * factor.
 */
const LIMITS = { messages: 1.02, heap: 1.25, handles: 1.1, logBytes: 1.5 } as const;

function line({ day, orders, messages, heap, handles, logBytes, databaseBytes }: Sample): string {
  const mb = (bytes: number) => (bytes / MB).toFixed(1);
  return `day ${day}: ${orders} orders, ${messages} messages, heap ${mb(heap)} MB, ${handles ?? '?'} handles, log ${mb(logBytes)} MB, database ${mb(databaseBytes)} MB`;
}

/**
 * `npm run soak [-- --days 60 --orders 1200]`: 72,000 orders, an hour at 20 a second, over 60 days
 * of the server's clock.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { days: { type: 'string', default: '60' }, orders: { type: 'string', default: '1200' } },
  });
  const request = { days: Number(values.days), ordersPerDay: Number(values.orders), keptDays: 7 };
  const dataDir = mkdtempSync(join(tmpdir(), 'wxpay-inbox-soak-'));
  try {
    const samples = await soak(dataDir, request, (sample) => process.stdout.write(`${line(sample)}\n`));
    const full = samples[request.keptDays + 3];
    const last = samples.at(-1);
    if (full === undefined || last === undefined) throw new Error('too few days to compare');
    const simulated = await simulatedBytesPerOrder(20_000);
    process.stdout.write(
      `the simulated WeChat Pay keeps ${simulated.toFixed(0)} bytes of heap an order: not counted\n`,
    );
    const own = (sample: Sample): Sample => ({ ...sample, heap: sample.heap - sample.orders * simulated });
    for (const [name, most] of Object.entries(LIMITS)) {
      const [before, after] = [full, last].map((sample) => Number(Reflect.get(own(sample), name)));
      const factor = (after ?? 0) / Math.max(1, before ?? 0);
      const flat = factor <= most;
      process.stdout.write(
        `${flat ? 'flat  ' : 'GROWS '} ${name}: × ${factor.toFixed(2)} from day ${full.day} to ${last.day}\n`,
      );
      if (!flat) process.exitCode = 1;
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

void main();
