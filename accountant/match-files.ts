import { compare } from './compare/compare';
import { billSource } from './files/bill-source';
import { openInput, sizeOf, type OnBytes } from './files/input';
import { tablesOf } from './files/orders-source';
import { orderHeaderScore } from './orders/order-columns';
import { readOrderTables, type OrderFiles } from './orders/order-file';
import type { ReadingOptions } from './orders/read-order-row';
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
  const { columns, states, merchant, feeRate, days, canaries } = request;
  const files = await watched(reading.orders, request.orders, (onBytes) =>
    readOrderFiles(request.orders, { columns, states }, onBytes),
  );
  return watched(reading.bill, request.bills, async (onBytes) => {
    const inputs = (await Promise.all(request.bills.map((path) => openInput(path, onBytes)))).flat();
    const bills = inputs.map((input) => billSource(input, onBytes));
    return compare(files, bills, { merchant, feeRate, days, canaries });
  });
}

/** Reads orders files into books. Rejects with `InputError` for what the reader can fix. */
export async function readOrderFiles(
  paths: readonly string[],
  options: ReadingOptions,
  onBytes: OnBytes,
): Promise<OrderFiles> {
  const inputs = (await Promise.all(paths.map((path) => openInput(path, onBytes)))).flat();
  const score = orderHeaderScore(options.columns);
  const tables = await Promise.all(inputs.map((input) => tablesOf(input, score, onBytes)));
  return readOrderTables(tables, options);
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
