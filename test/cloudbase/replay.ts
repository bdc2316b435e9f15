import { z } from 'zod';
import type { DuplicateShape } from './database/collections';
import type { LoopbackOptions } from './gateway';

/*
 * A merchant's environment on loopback: what the function `probe` found there (docs/probe.md), as
 * settings of the loopback CloudBase. What was not found out, or is as the loopback is anyway, is
 * left out.
 */

const said = z.object({ code: z.string(), text: z.string() });
const failed = z.object({ error: z.string() });
const or = <Shape extends z.ZodType>(shape: Shape) => z.union([shape, failed]).optional();

const report = z.object({
  probe: z.literal(1),
  answers: z.object({
    duplicate_id: or(z.object({ refusal: said.nullable() })),
    write_then_read: or(z.object({ missed: z.number(), longestMs: z.number() })),
    update_count: or(z.object({ counts: z.enum(['matched', 'modified']) })),
    ids_taken: or(z.object({ longest: z.number() })),
    document_sizes: or(z.object({ largestKb: z.number(), refusal: said.nullable() })),
    clocks: or(z.object({ aheadMs: z.number().nullable() })),
    parallel_requests: or(z.object({ steps: z.array(z.object({ at: z.number(), refused: z.number() })) })),
  }),
});

/** The longest `_id` the probe tries, in bytes: where it is taken, nothing limits it here. */
const LONGEST_TRIED = 1_024;

/** Clocks nearer than this count as one, in ms: a request and its answer take some of it. */
const SAME_CLOCK_MS = 2_000;

/** Settings of a loopback that behaves as the probed environment did. Throws for another text. */
export function loopbackOf(json: string): LoopbackOptions {
  const { answers } = report.parse(JSON.parse(json));
  const { duplicate_id, write_then_read, update_count, ids_taken, document_sizes, parallel_requests } =
    answers;
  const aheadMs = answers.clocks && 'aheadMs' in answers.clocks ? (answers.clocks.aheadMs ?? 0) : 0;
  const steps = parallel_requests && 'steps' in parallel_requests ? parallel_requests.steps : [];
  const refused = steps.find((step) => step.refused > 0);
  const shape =
    duplicate_id && 'refusal' in duplicate_id && duplicate_id.refusal
      ? shapeOf(duplicate_id.refusal.text)
      : null;
  return {
    ...(shape === null ? {} : { duplicates: shape }),
    ...(update_count && 'counts' in update_count ? { updatedCounts: update_count.counts } : {}),
    limits: {
      ...(write_then_read && 'missed' in write_then_read && write_then_read.missed > 0
        ? { readLagMs: write_then_read.longestMs }
        : {}),
      ...(ids_taken && 'longest' in ids_taken && ids_taken.longest < LONGEST_TRIED
        ? { idBytes: ids_taken.longest }
        : {}),
      ...(document_sizes && 'largestKb' in document_sizes && document_sizes.refusal !== null
        ? { resultBytes: (document_sizes.largestKb + 1) * 1_024 }
        : {}),
      // The platform's clock beside the host that asked it.
      ...(Math.abs(aheadMs) < SAME_CLOCK_MS ? {} : { clockAheadMs: aheadMs }),
      ...(refused === undefined ? {} : { connections: Math.max(1, refused.at - refused.refused) }),
    },
  };
}

/** The signs of each shape in the SDK's text; one whose signs contain another's comes first. */
const SIGNS: readonly (readonly [DuplicateShape, RegExp])[] = [
  ['http_409', /\b409\b/],
  ['duplicate_write', /DuplicateWrite.*E11000/],
  ['request_failed', /E11000/],
  ['old_text', /duplicate key/],
  ['chinese', /[\u4e00-\u9fff]/],
];

function shapeOf(text: string): DuplicateShape {
  return SIGNS.find(([, sign]) => sign.test(text))?.[0] ?? 'unworded';
}
