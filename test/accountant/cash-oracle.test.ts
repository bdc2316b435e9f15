import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { closeCash, type CashReport } from '../../accountant/cash/close';
import { readCashRequest } from '../../accountant/cash/request';
import type { CountAndSum } from '../../lib/model/count-and-sum';
import { isRecord } from '../../lib/values/json';
import { cases } from '../share';

const CASES = cases({ everyTime: 60, all: 5_000 });
const SEED = 20_261_130;

const hasPython = spawnSync('python3', ['--version']).status === 0;
const name = hasPython
  ? 'random accounts close as a program written apart says'
  : 'random accounts (skipped: there is no python3)';

(hasPython ? test : test.skip)(
  name,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-cash-oracle-'));
    try {
      const program = resolve(__dirname, 'oracle/cash_oracle.py');
      const made = spawnSync('python3', [program, String(SEED), String(CASES), folder], {
        encoding: 'utf8',
        maxBuffer: 256 * 2 ** 20,
        env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
      });
      expect(made.stderr).toBe('');
      const lines = made.stdout.trim().split('\n');
      expect(lines).toHaveLength(CASES);
      for (const line of lines) {
        const right: unknown = JSON.parse(line);
        if (!isRecord(right) || !Array.isArray(right['args'])) throw new TypeError('not a case');
        const args = right['args'].map(String);
        const request = readCashRequest(args);
        if (request === 'help') throw new TypeError('no close');
        expect({ ...found(await closeCash(request)), args }).toEqual(right);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  cases({ everyTime: 600_000, all: 7_200_000 }),
);

function filled(buckets: Readonly<Record<string, CountAndSum>>) {
  return Object.fromEntries(
    Object.entries(buckets).flatMap(([bucket, { count, sum }]) =>
      count === 0 ? [] : [[bucket, [count, sum]]],
    ),
  );
}

/** A report in the oracle's form: buckets with items alone, as count and sum. */
function found(report: CashReport) {
  const { buckets, bank, result, movements, settlement, coupons, netFees, opening, closing } = report;
  return {
    buckets: filled(buckets),
    bank: bank === null ? null : filled(bank.buckets),
    result,
    movement: movements.sum,
    settlement: [settlement.payments, settlement.refunds],
    coupons: coupons.payments,
    fees: netFees,
    opening,
    closing,
  };
}
