import { createHash } from 'node:crypto';
import type { Fen } from '../values/fen';
import { wholeFen } from './amount';
import { plainBytes, type Chunks, type GzipFault, type PlainBytes } from './bytes';
import type { StatementType } from '../model/bill-columns';
import { statementGrammar, type GrammarListener } from './grammar';
import { READ_LIMITS, type ReadLimits } from './limits';
import { lineScanner, type OnLine } from './lines';
import { orderOf } from './order-of';
import { rowReader, type RowReader } from './read-row';
import {
  refused,
  totalsMismatch,
  type ProblemReport,
  type RefusalCode,
  type StatementRefusal,
} from './refusal';
import { type RowProblem } from '../model/row-problem';
import type { StatementRow } from './row';
import { compareTotals, rowCount, TRADE_STATES } from './totals';
import type { RowCounts, Stated, Total, TradeState } from './totals';

/** A file that is a whole trade statement and whose rows add up to its summary. */
export interface VerifiedStatement {
  readonly kind: 'verified';
  readonly type: StatementType;
  /** Header names that are no column we know, as written. Their values are passed over. */
  readonly unknownColumns: readonly string[];
  readonly rows: number;
  readonly counts: RowCounts;
  /** What the summary states, in fen; null is no whole number of fen. The count is `rows`. */
  readonly totals: ReadonlyMap<Total, Fen | null>;
  /** SHA-1 of the decompressed bytes in hex: the statement's identity in our archive. */
  readonly sha1: string;
  /** How many decompressed bytes, and lines. */
  readonly bytes: number;
  readonly lines: number;
  readonly gzipped: boolean;
  /**
   * What was odd about rows. `verifyStatement` looks at shape and amounts only, reading rows finds
   * more.
   */
  readonly problems: ProblemReport;
}

/** What a file turned out to be. */
export type StatementVerdict = VerifiedStatement | StatementRefusal;

/**
 * Rows in the order of the file, with what was odd about any row up to `lastLine` and not told
 * before.
 */
export interface StatementBatch {
  readonly kind: 'rows';
  readonly rows: readonly StatementRow[];
  readonly problems: readonly RowProblem[];
  /** Every row up to this line was handed out: a later run may go on with `afterLine`. */
  readonly lastLine: number;
}

/** How rows are handed out. */
export interface RowOptions {
  /** The most rows in a batch; 1,000 unless told. */
  readonly batchRows?: number;
  /**
   * Rows up to this line are added up and hashed like all others, but not handed out: they were
   * dealt with before.
   */
  readonly afterLine?: number;
  /** Whether rows come with their `texts`; they do not unless told. */
  readonly texts?: boolean;
  /**
   * The `sha1` that was verified: a file that turns out to be another ends in the refusal
   * `changed`.
   */
  readonly sha1?: string;
  /**
   * The kinds of rows that are handed out, with their findings; all unless told. Rows of the wrong
   * shape are of the kind `other`.
   */
  readonly kinds?: readonly TradeState[];
  /** How much is read before the file is refused; `READ_LIMITS` unless told. */
  readonly limits?: Partial<ReadLimits>;
}

const BATCH_ROWS = 1000;

const PROBLEMS_SHOWN = 20;

/**
 * Reads a file once and tells `listener` of its rows while they go by, handing out no objects.
 * Nothing but the verdict says that the rows were true. Failure policy: fail closed. What was
 * learned from the rows of a file that is refused must be forgotten. Otherwise as
 * `verifyStatement`.
 */
export async function scanStatement(
  chunks: Chunks,
  listener: GrammarListener,
  limits: Partial<ReadLimits> = {},
): Promise<StatementVerdict> {
  return verdictOf(chunks, problemLog(), limits, listener);
}

/**
 * Reads a file once, keeping no rows, and says whether it is a trade statement whose rows add up to
 * its summary. Takes the bytes as they came, gzipped or not, in chunks of any size; memory does not
 * grow with the file. Nothing about the file makes it reject: that is a refusal. It rejects only
 * with an error of `chunks` itself. `limits`: `READ_LIMITS` unless told.
 */
export async function verifyStatement(
  chunks: Chunks,
  limits: Partial<ReadLimits> = {},
): Promise<StatementVerdict> {
  const problems = problemLog();
  return verdictOf(chunks, problems, limits, {
    onHeader: () => undefined,
    onRow: ({ fields, tally, line, amountsReadable }) => {
      if (amountsReadable) return;
      const outTradeNo = orderOf(fields, tally.header);
      problems.add({ line, column: null, code: 'bad_amount', kept: false, outTradeNo });
    },
    onMisshapen: (code, line, outTradeNo) =>
      problems.add({ line, column: null, code, kept: false, outTradeNo }),
  });
}

async function verdictOf(
  chunks: Chunks,
  problems: ProblemLog,
  limits: Partial<ReadLimits>,
  listener: GrammarListener,
): Promise<StatementVerdict> {
  const plain = plainBytes(chunks);
  const reading = fileReading(problems, plain, limits, listener);
  for await (const piece of plain.pieces) {
    const refusal = reading.push(piece);
    if (refusal !== null) return refusal;
  }
  return reading.end();
}

/**
 * Reads a file once and hands out its rows in batches; the last thing it yields is the verdict, and
 * nothing but the verdict says that the rows were true. So verify a file first and read its rows
 * with the `sha1` of that verdict, or hold the rows back until the end. Failure policy: fail
 * closed. Rows of a file that ends in a refusal must be forgotten. Memory does not grow with the
 * file. Rejects only with an error of `chunks` itself.
 */
export async function* readStatementRows(
  chunks: Chunks,
  options: RowOptions = {},
): AsyncGenerator<StatementBatch | StatementVerdict, void, void> {
  const problems = problemLog();
  const plain = plainBytes(chunks);
  const batches = batching(problems, options);
  const reading = fileReading(problems, plain, options.limits ?? {}, batches.listener);
  for await (const piece of plain.pieces) {
    const refusal = reading.push(piece);
    if (refusal !== null) {
      yield refusal;
      return;
    }
    yield* batches.take();
  }
  const verdict = reading.end();
  batches.end();
  yield* batches.take();
  const { sha1 } = options;
  const changed = verdict.kind === 'verified' && sha1 !== undefined && verdict.sha1 !== sha1;
  yield changed ? refused('changed', verdict.lines) : verdict;
}

/** One file on its way through hash, lines and grammar. */
interface FileReading {
  /** Reads a piece; a refusal ends the reading. */
  push(piece: Buffer | GzipFault): StatementRefusal | null;
  /** The file has ended: what was it? */
  end(): StatementVerdict;
}

function fileReading(
  problems: ProblemLog,
  plain: PlainBytes,
  given: Partial<ReadLimits>,
  listener: GrammarListener,
): FileReading {
  const limits: ReadLimits = { ...READ_LIMITS, ...given };
  const hash = createHash('sha1');
  const scanner = lineScanner();
  const grammar = statementGrammar(listener);
  let bytes = 0;
  let refusal: StatementRefusal | null = null;
  let workedMs = 0;
  const onLine: OnLine = (buffer, start, end, line) => {
    refusal = line > limits.lines ? refused('too_many_lines', line) : grammar.line(buffer, start, end, line);
    return refusal === null;
  };

  function beyondLimits(): RefusalCode | null {
    if (bytes > limits.bytes) return 'too_large';
    const compressed = plain.compressedBytes();
    const dense = compressed !== null && bytes > limits.denseBytes && bytes > limits.density * compressed;
    return dense ? 'gzip_bomb' : null;
  }

  function work(piece: Buffer): StatementRefusal | null {
    hash.update(piece);
    return scanner.push(piece, onLine) === 'too_long'
      ? refused('line_too_long', scanner.lines() + 1)
      : refusal;
  }

  return {
    push(piece) {
      if (typeof piece === 'string') return refused(piece, scanner.lines() + 1);
      bytes += piece.length;
      const beyond = beyondLimits();
      if (beyond !== null) return refused(beyond, scanner.lines() + 1);
      const begun = limits.elapsed();
      const found = work(piece);
      workedMs += limits.elapsed() - begun;
      return found === null && workedMs > limits.workMs ? refused('too_slow', scanner.lines()) : found;
    },
    end() {
      scanner.end(onLine);
      if (refusal !== null) return refusal;
      const lines = scanner.lines();
      const whole = grammar.end(lines);
      if (whole.kind === 'refused') return whole;
      const { tally, stated } = whole;
      const differences = compareTotals(stated, tally);
      if (differences.length > 0) return totalsMismatch(lines, differences, problems.report());
      return {
        kind: 'verified',
        type: tally.header.type,
        unknownColumns: tally.header.unknown,
        rows: rowCount(tally),
        counts: { ...tally.counts },
        totals: statedFen(stated),
        sha1: hash.digest('hex'),
        bytes,
        lines,
        gzipped: plain.gzipped(),
        problems: problems.report(),
      };
    },
  };
}

function statedFen(stated: Stated): ReadonlyMap<Total, Fen | null> {
  const totals = new Map<Total, Fen | null>();
  for (const [total, milli] of stated) if (total !== 'count') totals.set(total, wholeFen(milli));
  return totals;
}

/**
 * Counts findings and keeps the first few, so that a file of nothing but findings takes no memory.
 */
interface ProblemLog {
  add(problem: RowProblem): void;
  report(): ProblemReport;
}

function problemLog(): ProblemLog {
  const first: RowProblem[] = [];
  let count = 0;
  return {
    add(problem) {
      count += 1;
      if (first.length < PROBLEMS_SHOWN) first.push(problem);
    },
    report: () => ({ count, first: [...first] }),
  };
}

/** Cuts rows and findings into batches while the lines go by. */
interface Batching {
  readonly listener: GrammarListener;
  /** The batches that are full. */
  take(): readonly StatementBatch[];
  /** The file has ended: what is left is a batch too. */
  end(): void;
}

/**
 * A batch ends with the line that fills it, with rows or with findings: a file of bad rows goes out
 * in batches too. Where batches end depends on the lines alone, never on the pieces they came in,
 * so that a reading that is begun again after a batch makes the same ones.
 */
function batching(log: ProblemLog, options: RowOptions): Batching {
  const { batchRows = BATCH_ROWS, afterLine = 0, texts = false } = options;
  const wanted: ReadonlySet<TradeState> = new Set(options.kinds ?? TRADE_STATES);
  let full: StatementBatch[] = [];
  let rows: StatementRow[] = [];
  let problems: RowProblem[] = [];
  let read: RowReader | null = null;
  let lastLine = afterLine;

  function report(problem: RowProblem): void {
    log.add(problem);
    problems.push(problem);
  }

  function close(): void {
    full.push({ kind: 'rows', rows, problems, lastLine });
    rows = [];
    problems = [];
  }

  function lineDone(line: number): void {
    lastLine = line;
    if (rows.length >= batchRows || problems.length >= batchRows) close();
  }

  return {
    listener: {
      onHeader(header) {
        read = rowReader(header, texts);
      },
      onRow({ fields, tally, state, line, uncertainText }) {
        if (read === null || line <= afterLine || !wanted.has(state)) return;
        const reading = read(fields, tally.row, state, line);
        reading.problems.forEach(report);
        if (reading.row !== null) {
          rows.push(reading.row);
          if (uncertainText) {
            const { outTradeNo } = reading.row;
            report({ line, column: 'body', code: 'uncertain_text', kept: true, outTradeNo });
          }
        }
        lineDone(line);
      },
      onMisshapen(code, line, outTradeNo) {
        if (line <= afterLine || !wanted.has('other')) return;
        report({ line, column: null, code, kept: false, outTradeNo });
        lineDone(line);
      },
    },
    take() {
      const batches = full;
      full = [];
      return batches;
    },
    end() {
      if (rows.length > 0 || problems.length > 0) close();
    },
  };
}
