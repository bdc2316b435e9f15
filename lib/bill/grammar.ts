import { isTransactionId, type OutTradeNo } from '../values/ids';
import { beginsRow, heldLines } from './broken-row';
import { beginsHeader, readHeader, type Header } from './columns';
import { cutFields, emptyFields, fieldEnd, fieldStart, fieldText, joinSurplus, type Fields } from './fields';
import { orderOf } from './order-of';
import { refused, type StatementRefusal } from './refusal';
import {
  addRow,
  beginsSummary,
  clearAmounts,
  emptyTally,
  missingTotals,
  readAmounts,
  readSummary,
  readSummaryHeader,
  type Stated,
  type SummaryHeader,
  type Tally,
  type TradeState,
} from './totals';

/**
 * The part of the file being read. Blank lines are skipped everywhere.
 *
 *   header ──column names──▶ rows ──line that begins with 总交易单数──▶ summary ──its values──▶ end
 *
 * What may fail in each part:
 *   header: any other line is refused by its kind (XML, JSON, fund flow, …); the file ends: `empty`
 *   rows: the file ends: `no_summary`. An unreadable row is reported and counted; reading goes on.
 *     A line that starts like a row but is too short is held: line feeds in its texts may have
 *     broken it over several lines
 *   summary: unreadable: `bad_summary`; the file ends: `no_summary`
 *   end: another line: `data_after_summary`; the file ends: compare the totals
 *
 * A last line without a line feed may be the start of a longer one. A header or summary that fails
 * there, as its start would, is a cut file: `no_summary`.
 */
type Phase =
  | { readonly kind: 'header' }
  | { readonly kind: 'rows'; readonly tally: Tally }
  | { readonly kind: 'summary'; readonly tally: Tally; readonly names: SummaryHeader }
  | { readonly kind: 'end'; readonly tally: Tally; readonly stated: Stated };

/**
 * Why a row has the wrong shape. `broken_row`: line feeds broke it over several lines; its amounts
 * were counted, so the totals prove that it was joined correctly. The others count as rows without
 * amounts and are not read further.
 */
export type MisshapenCode = 'too_few_fields' | 'too_many_fields' | 'broken_row';

/** Receives the header and rows of a bill while the lines are read. */
export interface GrammarListener {
  /** Called once with the parsed header, before any row. */
  onHeader(header: Header): void;
  /**
   * Called for one well-formed row, already added to `tally`. `fields` and `tally.row` hold it
   * until this returns. `uncertainText`: surplus separators were given to 商品名称, some of which may
   * belong to 商户数据包.
   */
  onRow(row: {
    readonly fields: Fields;
    readonly tally: Tally;
    readonly state: TradeState;
    readonly line: number;
    readonly amountsReadable: boolean;
    readonly uncertainText: boolean;
  }): void;
  /** Called for one malformed row, with its first line. */
  onMisshapen(code: MisshapenCode, line: number, row: MisshapenRow): void;
}

/** What is known of a malformed row. It is valid until the listener returns. */
export interface MisshapenRow {
  /** Its order number, if that is readable. */
  readonly outTradeNo: OutTradeNo | null;
  /** Its kind and amounts as they were counted: `other` and zero where nothing is readable. */
  readonly state: TradeState;
  readonly tally: Tally;
}

/** Everything the file states and adds up to. `compareTotals` decides whether the two agree. */
export interface WholeFile {
  readonly kind: 'whole';
  readonly tally: Tally;
  readonly stated: Stated;
}

/** Parses the lines of one file, in order. */
export interface Grammar {
  /** Reads one line without its line end. After a refusal, nothing more may be read. */
  line(bytes: Buffer, start: number, end: number, line: number): StatementRefusal | null;
  /** Reads the last line where no line feed ends it. Otherwise as `line`. */
  unended(bytes: Buffer, start: number, end: number, line: number): StatementRefusal | null;
  /** Ends the file; `line` is its last line. */
  end(line: number): WholeFile | StatementRefusal;
}

const BACK_TICK = 0x60;
/**
 * A byte order mark: U+FEFF, the same read as latin1 and written again, or the `?` left of it where
 * the encoding could not express it.
 */
const BYTE_ORDER_MARK = /^(?:\uFEFF|ï»¿|\?)/;
const SUCCESS = Buffer.from('SUCCESS');
const REFUND = Buffer.from('REFUND');
const REVOKED = Buffer.from('REVOKED');

/** Creates a parser of one file that calls `listener`. */
export function statementGrammar(listener: GrammarListener): Grammar {
  const fields = emptyFields();
  const held = heldLines();
  let phase: Phase = { kind: 'header' };

  function header(text: string, line: number): StatementRefusal | null {
    const reading = readHeader(text);
    switch (reading.kind) {
      case 'header':
        phase = { kind: 'rows', tally: emptyTally(reading) };
        listener.onHeader(reading);
        return null;
      case 'fund_flow':
        return refused('fund_flow', line);
      case 'unknown':
        return refused(kindOfFile(text), line);
      case 'duplicate':
        return refused('duplicate_columns', line, reading.columns.join(', '));
      case 'missing':
        return refused('missing_columns', line, reading.columns.join(', '));
    }
  }

  function row(tally: Tally, bytes: Buffer, start: number, end: number, line: number): void {
    const { width, at } = tally.header;
    cutFields(fields, bytes, start, end);
    const surplus = fields.count - width;
    if (surplus < 0 && beginsRow(bytes, start, end) && held.add(bytes, start, end, line)) return;
    const joinedAt = surplus > 0 ? fitSurplus(fields, tally) : null;
    if (fields.count !== width) {
      misshapen(tally, surplus < 0 ? 'too_few_fields' : 'too_many_fields', line);
      return;
    }
    const amountsReadable = readAmounts(tally, fields);
    const state = stateOf(fields, at.tradeState);
    addRow(tally, state);
    const uncertainText = joinedAt !== null && joinedAt === at.body && at.attach >= 0;
    listener.onRow({ fields, tally, state, line, amountsReadable, uncertainText });
  }

  function misshapen(tally: Tally, code: MisshapenCode, line: number): void {
    clearAmounts(tally);
    addRow(tally, 'other');
    listener.onMisshapen(code, line, { outTradeNo: null, state: 'other', tally });
  }

  /**
   * Reads a line while others are held. Together they form a whole row, may still form one, or do
   * not.
   */
  function continueRow(
    tally: Tally,
    bytes: Buffer,
    start: number,
    end: number,
    line: number,
  ): StatementRefusal | null {
    if (beginsRow(bytes, start, end) || !held.add(bytes, start, end, line)) {
      return giveUp() ?? readLine(bytes, start, end, line);
    }
    const joined = held.joined();
    cutFields(fields, joined.bytes, 0, joined.end);
    const surplus = fields.count - tally.header.width;
    if (surplus < 0) return null;
    if (surplus > 0 ? fitSurplus(fields, tally) === null : !isPlausible(fields, tally)) return giveUp();
    // The totals prove that each field is in its place, because they include this row's amounts.
    // Nothing proves the texts.
    readAmounts(tally, fields);
    const state = stateOf(fields, tally.header.at.tradeState);
    addRow(tally, state);
    const outTradeNo = orderOf(fields, tally.header);
    listener.onMisshapen('broken_row', held.firstLine(), { outTradeNo, state, tally });
    held.release();
    return null;
  }

  /**
   * Gives up on the held lines: the first is reported as too short, the others are read on their
   * own.
   */
  function giveUp(): StatementRefusal | null {
    const { bytes } = held.joined();
    const [first, ...others] = held.release();
    if (first !== undefined && phase.kind === 'rows') misshapen(phase.tally, 'too_few_fields', first.line);
    // None of them starts like a row, so none is held again, and their bytes stay unchanged.
    for (const { start, end, line } of others) {
      const refusal = readLine(bytes, start, end, line);
      if (refusal !== null) return refusal;
    }
    return null;
  }

  function summary(tally: Tally, names: SummaryHeader, line: number): StatementRefusal | null {
    const stated = readSummary(names, fields);
    if (stated === null) return refused('bad_summary', line);
    const missing = missingTotals(stated, tally.header.type);
    if (missing.length > 0) return refused('bad_summary', line, `not stated: ${missing.join(', ')}`);
    phase = { kind: 'end', tally, stated };
    return null;
  }

  function readLine(bytes: Buffer, start: number, end: number, line: number): StatementRefusal | null {
    switch (phase.kind) {
      case 'rows':
        if (held.isOpen()) return continueRow(phase.tally, bytes, start, end, line);
        if (mayBeginSummary(bytes, start)) {
          const text = bytes.toString('utf8', start, end);
          if (beginsSummary(text.split(',', 1).join())) {
            phase = { kind: 'summary', tally: phase.tally, names: readSummaryHeader(text) };
            return null;
          }
        }
        row(phase.tally, bytes, start, end, line);
        return null;
      case 'header': {
        const text = firstText(bytes, start, end);
        return text === '' ? null : header(text, line);
      }
      case 'summary':
        cutFields(fields, bytes, start, end);
        return summary(phase.tally, phase.names, line);
      case 'end':
        return refused('data_after_summary', line);
    }
  }

  function unended(bytes: Buffer, start: number, end: number, line: number): StatementRefusal | null {
    const { kind } = phase;
    const refusal = isBlank(bytes, start, end) ? null : readLine(bytes, start, end, line);
    if (refusal === null) return null;
    const isCut =
      (kind === 'header' && beginsHeader(firstText(bytes, start, end))) ||
      (phase.kind === 'summary' && fields.count <= phase.names.length);
    return isCut ? refused('no_summary', line) : refusal;
  }

  return {
    line: (bytes, start, end, line) =>
      isBlank(bytes, start, end) ? null : readLine(bytes, start, end, line),
    unended,
    end(line) {
      const refusal = giveUp();
      if (refusal !== null) return refusal;
      switch (phase.kind) {
        case 'header':
          return refused('empty', line);
        case 'rows':
        case 'summary':
          return refused('no_summary', line);
        case 'end':
          return { kind: 'whole', tally: phase.tally, stated: phase.stated };
      }
    },
  };
}

/**
 * Finds the one free-text column that yields a plausible row when it takes all surplus separators,
 * and joins them there. Null, with the fields unchanged, when no column or more than one fits.
 * Failure policy: fail closed. A row that can be read in two ways is reported, not guessed.
 */
function fitSurplus(fields: Fields, tally: Tally): number | null {
  const { freeText, width } = tally.header;
  const fitting = (test: (fields: Fields, tally: Tally) => boolean) =>
    freeText.filter((position) => {
      const restore = joinSurplus(fields, position, width);
      const fits = test(fields, tally);
      restore();
      return fits;
    });
  // A number that a spreadsheet destroyed, or a state we do not know, must not cost the bill: its
  // row is placed by the columns that can hold amounts, currency and rate alone.
  const whole = fitting(isPlausible);
  const [place, ...others] = whole.length > 0 ? whole : fitting(hasItsAmounts);
  if (place === undefined || others.length > 0) return null;
  joinSurplus(fields, place, width);
  return place;
}

/** True when the columns on both sides of every free text hold valid values. */
function isPlausible(fields: Fields, tally: Tally): boolean {
  const { at } = tally.header;
  return (
    hasItsAmounts(fields, tally) &&
    stateOf(fields, at.tradeState) !== 'other' &&
    isTransactionId(fieldText(fields, at.transactionId))
  );
}

/** True when the columns of amounts, currency and rate hold such values. */
function hasItsAmounts(fields: Fields, tally: Tally): boolean {
  const { at } = tally.header;
  return (
    readAmounts(tally, fields) &&
    /^[A-Z]{3}$/.test(fieldText(fields, at.currency)) &&
    (at.rate < 0 || /^\d+(?:\.\d+)?%$/.test(fieldText(fields, at.rate)))
  );
}

function stateOf(fields: Fields, position: number): TradeState {
  const start = fieldStart(fields, position);
  const end = fieldEnd(fields, position);
  if (isWord(fields.bytes, start, end, SUCCESS)) return 'payment';
  if (isWord(fields.bytes, start, end, REFUND)) return 'refund';
  return isWord(fields.bytes, start, end, REVOKED) ? 'revoked' : 'other';
}

function isWord(bytes: Buffer, start: number, end: number, word: Buffer): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i += 1) {
    if (bytes[start + i] !== word[i]) return false;
  }
  return true;
}

/** A cheap test: rows start with a date, so a line that starts with a digit is not a summary. */
function mayBeginSummary(bytes: Buffer, start: number): boolean {
  const first = bytes[start] === BACK_TICK ? bytes[start + 1] : bytes[start];
  return first === undefined || first < 0x30 || first > 0x39;
}

function firstText(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, end).replace(BYTE_ORDER_MARK, '').trim();
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i += 1) {
    if (bytes[i] !== 0x20 && bytes[i] !== 0x09) return false;
  }
  return true;
}

function kindOfFile(text: string): 'html_page' | 'xml_answer' | 'json_answer' | 'unknown_header' {
  if (/^<(?:!doctype\s+html|html)/i.test(text)) return 'html_page';
  if (text.startsWith('<')) return 'xml_answer';
  return /^[[{]/.test(text) ? 'json_answer' : 'unknown_header';
}
