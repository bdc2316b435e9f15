import { createHash } from 'node:crypto';
import type { Fen } from '../values/fen';
import { wholeFen } from './amount';
import { plainBytes, type Chunks, type GzipFault, type PlainBytes } from './bytes';
import type { StatementType } from '../model/statement/bill-columns';
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
import { type RowProblem } from '../model/statement/row-problem';
import type { StatementRow } from './row';
import { statedAmountOf } from './stated-amount';
import { compareTotals, rowCount, TRADE_STATES } from './totals';
import type { RowCounts, Stated, Total, TradeState } from './totals';

/** A complete trade bill whose rows add up to its summary. */
export interface VerifiedStatement {
  readonly kind: 'verified';
  readonly type: StatementType;
  /** Header names of columns we do not know, as written. Their values are ignored. */
  readonly unknownColumns: readonly string[];
  readonly rows: number;
  readonly counts: RowCounts;
  /**
   * What the summary states, in fen; null is not a whole number of fen. The row count is `rows`.
   */
  readonly totals: ReadonlyMap<Total, Fen | null>;
  /** SHA-1 of the decompressed bytes in hex: identifies the bill in our archive. */
  readonly sha1: string;
  /** Number of decompressed bytes and of lines. */
  readonly bytes: number;
  readonly lines: number;
  readonly gzipped: boolean;
  /** Problems of rows. `verifyStatement` checks shape and amounts only; reading rows finds more. */
  readonly problems: ProblemReport;
}

/** The result for a file: verified or refused. */
export type StatementVerdict = VerifiedStatement | StatementRefusal;

/**
 * Rows in file order, with the problems of rows up to `lastLine` that no earlier batch reported.
 */
export interface StatementBatch {
  readonly kind: 'rows';
  readonly rows: readonly StatementRow[];
  readonly problems: readonly RowProblem[];
  /** Every row up to this line was delivered: a later run may continue with `afterLine`. */
  readonly lastLine: number;
}

/** Options for reading rows. */
export interface RowOptions {
  /** The most rows in a batch; default 1,000. */
  readonly batchRows?: number;
  /**
   * Rows up to this line are summed and hashed like all others but not delivered: they were handled
   * before.
   */
  readonly afterLine?: number;
  /** Whether rows include their `texts`; default false. */
  readonly texts?: boolean;
  /** The `sha1` that was verified before: a file with another one ends in the refusal `changed`. */
  readonly sha1?: string;
  /**
   * The kinds of rows to deliver, with their problems; default all. Malformed rows count as
   * `other`.
   */
  readonly kinds?: readonly TradeState[];
  /** How much is read before the file is refused; default `READ_LIMITS`. */
  readonly limits?: Partial<ReadLimits>;
}

const BATCH_ROWS = 1000;

const PROBLEMS_SHOWN = 20;

/**
 * Reads a file once and calls `listener` for each row, creating no objects. Only the verdict says
 * whether the rows are true. Failure policy: fail closed. The caller must discard everything it
 * learned from a file that is refused. Otherwise as `verifyStatement`.
 */
export async function scanStatement(
  chunks: Chunks,
  listener: GrammarListener,
  limits: Partial<ReadLimits> = {},
): Promise<StatementVerdict> {
  const problems = problemLog();
  return readToVerdict(chunks, problems, limits, {
    onHeader: (header) => {
      listener.onHeader(header);
    },
    onRow(row) {
      if (!row.amountsReadable) problems.add(unreadableAmount(row));
      listener.onRow(row);
    },
    onMisshapen(code, line, row) {
      problems.add({ line, column: null, code, kept: false, outTradeNo: row.outTradeNo });
      listener.onMisshapen(code, line, row);
    },
  });
}

/** Names a row that may be why a bill does not add up. */
function unreadableAmount({ fields, tally, line }: Parameters<GrammarListener['onRow']>[0]): RowProblem {
  const outTradeNo = orderOf(fields, tally.header);
  return { line, column: null, code: 'bad_amount', kept: false, outTradeNo };
}

/**
 * Reads a file once, keeping no rows, and decides whether it is a trade bill whose rows add up to
 * its summary. Takes the bytes as downloaded, gzipped or not, in chunks of any size; memory does
 * not grow with the file. A bad file yields a refusal; the promise rejects only with an error of
 * `chunks` itself. `limits` defaults to `READ_LIMITS`.
 */
export async function verifyStatement(
  chunks: Chunks,
  limits: Partial<ReadLimits> = {},
): Promise<StatementVerdict> {
  const problems = problemLog();
  return readToVerdict(chunks, problems, limits, {
    onHeader: () => undefined,
    onRow: (row) => {
      if (!row.amountsReadable) problems.add(unreadableAmount(row));
    },
    onMisshapen: (code, line, { outTradeNo }) =>
      problems.add({ line, column: null, code, kept: false, outTradeNo }),
  });
}

async function readToVerdict(
  chunks: Chunks,
  problems: ProblemLog,
  limits: Partial<ReadLimits>,
  listener: GrammarListener,
): Promise<StatementVerdict> {
  const plain = plainBytes(chunks);
  const reading = startReading(problems, plain, limits, listener);
  for await (const piece of plain.pieces) {
    const refusal = reading.push(piece);
    if (refusal !== null) return refusal;
  }
  return reading.end();
}

/**
 * Reads a file once and yields its rows in batches, then the verdict. Only the verdict says whether
 * the rows are true: verify a file first and read its rows with the `sha1` of that verdict, or hold
 * the rows back until the end. Failure policy: fail closed. The caller must discard the rows of a
 * file that ends in a refusal. Memory does not grow with the file. Rejects only with an error of
 * `chunks` itself.
 */
export async function* readStatementRows(
  chunks: Chunks,
  options: RowOptions = {},
): AsyncGenerator<StatementBatch | StatementVerdict, void, void> {
  const problems = problemLog();
  const plain = plainBytes(chunks);
  const batches = batching(problems, options);
  const reading = startReading(problems, plain, options.limits ?? {}, batches.listener);
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

/** Passes one file through hash, line scanner and grammar. */
interface FileReading {
  /** Reads a piece. After a refusal, nothing more may be read. */
  push(piece: Buffer | GzipFault): StatementRefusal | null;
  /** Ends the file and returns the verdict. */
  end(): StatementVerdict;
}

function startReading(
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
  let isUnended = false;
  const onLine: OnLine = (buffer, start, end, line) => {
    refusal = line > limits.lines ? refused('too_many_lines', line) : grammar.line(buffer, start, end, line);
    return refusal === null;
  };
  const onUnended: OnLine = (buffer, start, end, line) => {
    isUnended = true;
    refusal =
      line > limits.lines ? refused('too_many_lines', line) : grammar.unended(buffer, start, end, line);
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
      scanner.end(onUnended);
      if (refusal !== null) return refusal;
      const lines = scanner.lines();
      const whole = grammar.end(lines);
      if (whole.kind === 'refused') return whole;
      const { tally, stated } = whole;
      const differences = compareTotals(stated, tally);
      const last = [...stated.keys()].at(-1);
      const isCut = isUnended && differences.length > 0 && differences.every(({ total }) => total === last);
      // The file ends in the digits of its last total.
      if (isCut) return refused('no_summary', lines);
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

/** Counts problems and keeps the first few, so that memory stays bounded when every row has one. */
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

/** Groups rows and problems into batches while the lines are read. */
interface Batching {
  readonly listener: GrammarListener;
  /** Returns the full batches and forgets them. */
  take(): readonly StatementBatch[];
  /** Ends the file: the remaining rows form the last batch. */
  end(): void;
}

/**
 * A batch ends with the line that fills it, with rows or with problems, so a file of bad rows is
 * delivered in batches too. Boundaries depend on the lines alone, never on how the input is
 * chunked, so a reading that resumes after a batch produces the same batches.
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
      onMisshapen(code, line, { outTradeNo, state, tally }) {
        if (line <= afterLine || !wanted.has('other')) return;
        const amount = statedAmountOf(tally.header, tally.row, state);
        const stated = amount === null ? {} : { amount };
        report({ line, column: null, code, kept: false, outTradeNo, ...stated });
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
