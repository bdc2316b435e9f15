import type { Post, Posted } from '../../lib/runtime/http-post';
import type { Timers } from '../../lib/runtime/timers';
import { traceOfPayment } from '../../lib/trace/context';
import { openExporter } from '../../lib/trace/exporter';
import type { Span } from '../../lib/trace/spans';
import { later } from '../../lib/values/instant';
import { rememberedLog } from '../inbox/stage';
import { MERCHANT, START, tradeNo } from '../store/builders';

/* The queue in front of a collector: a collector that is away costs spans, and nothing else. */

const span = (n: number): Span => {
  const traceId = traceOfPayment(MERCHANT, tradeNo(n));
  return {
    traceId,
    sampledBy: traceId,
    spanId: '00000000000000a1',
    parentSpanId: null,
    name: `span ${String(n)}`,
    kind: 'internal',
    startedAt: START,
    endedAt: START,
    attributes: {},
    links: [],
    isFailed: false,
  };
};
const spans = (count: number) => Array.from({ length: count }, (_, n) => span(n));
const answer = (status: number, text = '{}'): Posted => ({
  kind: 'answer',
  status,
  retryAfter: null,
  text,
  isWhole: true,
});

/** An exporter whose collector answers as told, at once, and whose time stands still. */
function stage(gathers = false) {
  const log = rememberedLog();
  const counted = { exported: 0, dropped: 0 };
  const sent: number[] = [];
  const posts: Post[] = [];
  const due: (() => void)[] = [];
  const waits: number[] = [];
  let now = START;
  const answers: (Posted | Promise<Posted>)[] = [];
  const timers: Timers = {
    after: (ms, then) => {
      waits.push(ms);
      due.push(then);
      return () => {
        if (due.includes(then)) due.splice(due.indexOf(then), 1);
      };
    },
  };
  const exporter = openExporter(
    { url: new URL('http://127.0.0.1:4318/v1/traces'), serviceName: 'shop', headers: { 'x-key': 'k' } },
    {
      clock: { now: () => now },
      timers,
      log,
      count: (outcome, n) => void (counted[outcome] += n),
      post: async (_limits, post) => {
        posts.push(post);
        sent.push(post.body.split('"spanId"').length - 1);
        return answers.shift() ?? answer(200);
      },
    },
    gathers,
  );
  return {
    exporter,
    counted,
    sent,
    posts,
    log,
    answers,
    waits,
    pass: (ms: number) => void (now = later(now, ms)),
    /** Everything that was planned happens. */
    ring: () => {
      for (const then of due.splice(0)) then();
    },
  };
}

test('spans are sent in batches, with the headers of the collector', async () => {
  const { exporter, counted, sent, posts } = stage();
  exporter.add(spans(1_000));
  await exporter.flush(1_000);
  expect(sent).toEqual([512, 488]);
  expect(counted).toEqual({ exported: 1_000, dropped: 0 });
  expect(posts[0]?.headers).toEqual({ 'content-type': 'application/json', 'x-key': 'k' });
});

test('what a collector that is away cannot take waits, up to a limit, and the rest is counted', async () => {
  const { exporter, counted, sent, answers, log, pass } = stage();
  answers.push({ kind: 'unreachable', code: 'ECONNREFUSED' });
  exporter.add(spans(3_000));
  await exporter.flush(1_000);
  expect(counted).toEqual({ exported: 0, dropped: 952 });
  expect(log.lines).toContainEqual({
    event: 'spans_not_exported',
    fields: { outTradeNo: null, spans: 2_048, reason: 'ECONNREFUSED' },
  });
  // Nothing is tried again for a while, so that the ends of runs do not wait either.
  await exporter.flush(1_000);
  expect(sent).toHaveLength(1);
  pass(30_000);
  await exporter.flush(1_000);
  expect(counted).toEqual({ exported: 2_048, dropped: 952 });
});

test.each([
  ['a refusal', answer(401), { exported: 0, dropped: 10 }],
  [
    'a refusal of a part',
    answer(200, '{"partialSuccess":{"rejectedSpans":"3"}}'),
    { exported: 7, dropped: 3 },
  ],
  ['an answer that is not JSON', answer(200, 'ok'), { exported: 10, dropped: 0 }],
  ['nonsense', answer(200, '{"partialSuccess":{"rejectedSpans":-1e99}}'), { exported: 10, dropped: 0 }],
])('%s is counted, and not sent again', async (_what, said, expected) => {
  const { exporter, counted, sent, answers } = stage();
  answers.push(said);
  exporter.add(spans(10));
  await exporter.flush(1_000);
  await exporter.flush(1_000);
  expect([counted, sent]).toEqual([expected, [10]]);
});

test('a flush waits no longer than it may, and sends nothing twice meanwhile', async () => {
  const { exporter, sent, answers, ring } = stage();
  let arrive = (_answer: Posted): void => undefined;
  answers.push(new Promise<Posted>((resolve) => (arrive = resolve)));
  exporter.add(spans(10));
  const flushed = exporter.flush(800);
  await Promise.resolve();
  ring();
  await flushed;
  const again = exporter.flush(800);
  arrive(answer(200));
  await again;
  expect(sent).toEqual([10]);
});

test('a server sends by itself what it has gathered; a function only at the end of a run', async () => {
  const server = stage(true);
  server.exporter.add(spans(3));
  server.exporter.add(spans(2));
  expect(server.sent).toEqual([]);
  server.ring();
  await new Promise(setImmediate);
  expect(server.sent).toEqual([5]);
  const worker = stage();
  worker.exporter.add(spans(3));
  worker.ring();
  await new Promise(setImmediate);
  expect(worker.sent).toEqual([]);
});

test('a full batch is sent at once, so that a busy server keeps its spans', async () => {
  const { exporter, sent, waits, ring } = stage(true);
  exporter.add(spans(511));
  exporter.add(spans(1));
  exporter.add(spans(1));
  expect(waits).toEqual([5_000, 0]);
  ring();
  await new Promise(setImmediate);
  expect(sent).toEqual([512, 1]);
});

test('a full batch still waits out the pause after a failure', async () => {
  const { exporter, answers, waits, ring } = stage(true);
  answers.push(answer(503));
  exporter.add(spans(512));
  ring();
  await new Promise(setImmediate);
  exporter.add(spans(1));
  expect(waits).toEqual([0, 30_000]);
});

test('spans that are dropped one by one are reported together', async () => {
  const { exporter, counted, log, ring } = stage(true);
  exporter.add(spans(2_048));
  for (let n = 0; n < 600; n += 1) exporter.add(spans(1));
  ring();
  await new Promise(setImmediate);
  expect(log.lines.map(({ event, fields }) => [event, fields['spans']])).toEqual([
    ['spans_dropped', 512],
    ['spans_dropped', 88],
  ]);
  expect(counted).toEqual({ exported: 2_048, dropped: 600 });
});
