import { compare } from './compare';
import { billSource } from './files/bill-source';
import { openInput, sizeOf, type OnBytes } from './files/input';
import { tablesOf } from './files/orders-source';
import { orderHeaderScore } from './order-columns';
import { readOrderTables } from './order-file';
import { progressBar } from './progress';
import type { MatchReport } from './report';
import type { MatchRequest } from './request';
import { WORDS } from './words';

/**
 * Reads the files of a request and compares them. Rejects with `InputError` for what the accountant
 * can fix.
 */
export async function matchFiles(request: MatchRequest): Promise<MatchReport> {
  const { reading } = WORDS[request.language];
  const { columns, states, merchant, feeRate, days } = request;
  const files = await watched(reading.orders, request.orders, async (onBytes) => {
    const inputs = (await Promise.all(request.orders.map((path) => openInput(path, onBytes)))).flat();
    const score = orderHeaderScore(columns);
    const tables = await Promise.all(inputs.map((input) => tablesOf(input, score, onBytes)));
    return readOrderTables(tables, { columns, states });
  });
  return watched(reading.bill, request.bills, async (onBytes) => {
    const inputs = (await Promise.all(request.bills.map((path) => openInput(path, onBytes)))).flat();
    const bills = inputs.map((input) => billSource(input, onBytes));
    return compare(files, bills, { merchant, feeRate, days });
  });
}

/** Shows how far the reading of these files has come. */
async function watched<Result>(
  name: string,
  paths: readonly string[],
  read: (onBytes: OnBytes) => Promise<Result>,
): Promise<Result> {
  const bytes = paths.reduce((sum, path) => sum + sizeOf(path), 0);
  const bar = await progressBar(name, bytes);
  return read(bar.add).finally(bar.end);
}
