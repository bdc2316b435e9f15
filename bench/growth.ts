import { drainOurs } from './drain/ours';
import type { Effort } from './effort';
import type { BenchTable } from './report';
import { whole } from './report';

/**
 * Measures how the time to process N messages, and a fixed number beside N others, grows with N.
 */
export async function benchGrowth({ growth, peersDrained }: Effort): Promise<BenchTable> {
  const ours = { writer: 'thread', log: 'silent' } as const;
  const rows: { readonly n: number; readonly each: number; readonly beside: number }[] = [];
  for (const n of growth) {
    const speed = await drainOurs({ ...ours, messages: n, waiting: 0 });
    const beside = await drainOurs({ ...ours, messages: peersDrained, waiting: n });
    rows.push({ n, each: 1e6 / speed, beside: 1e6 / beside });
  }
  const [first, last] = [rows[0], rows.at(-1)];
  const ratio = (field: 'each' | 'beside') => (last?.[field] ?? Number.NaN) / (first?.[field] ?? Number.NaN);
  return {
    title: 'Growth',
    columns: [
      'N',
      'µs per message, N drained',
      `µs per message, ${whole(peersDrained)} drained with N beside`,
    ],
    rows: rows.map(({ n, each, beside }) => [whole(n), each.toFixed(1), beside.toFixed(1)]),
    notes: [
      `One run each. From the smallest to the largest N the time per message changes by ${ratio('each').toFixed(2)} × and ${ratio('beside').toFixed(2)} ×: 1.00 is linear, more is worse. Indexes are trees, so that a little more per message is their depth. Statements: see their rows/s by size.`,
    ],
  };
}
