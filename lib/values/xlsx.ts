import { fenToYuan } from './fen';
import type { Cell, Rows } from './sheet';
import { zipOf } from './zip';

/** A sheet of a workbook. A spreadsheet shows at most 31 characters of its name. */
export interface Sheet {
  readonly name: string;
  readonly rows: Rows;
}

/**
 * An .xlsx workbook with these sheets. Text and identifying numbers are text cells, so that no
 * spreadsheet rounds, dates or computes them; counts and amounts are numbers, amounts with two
 * decimals. The first row of each sheet stays in view. The whole file is in memory: meant for up to
 * some 100,000 rows. Pure: the same sheets give the same bytes.
 */
export function xlsxFile(sheets: readonly Sheet[]): Uint8Array<ArrayBuffer> {
  const numbered = sheets.map((sheet, n) => ({ ...sheet, n: n + 1 }));
  return zipOf([
    ['[Content_Types].xml', contentTypes(numbered.map(({ n }) => n))],
    ['_rels/.rels', relations([['officeDocument', 'xl/workbook.xml']])],
    ['xl/workbook.xml', workbook(numbered)],
    [
      'xl/_rels/workbook.xml.rels',
      relations([
        ...numbered.map(({ n }) => ['worksheet', `worksheets/sheet${n}.xml`] as const),
        ['styles', 'styles.xml'],
      ]),
    ],
    ['xl/styles.xml', STYLES],
    ...numbered.map(({ n, rows }) => [`xl/worksheets/sheet${n}.xml`, sheetXml(rows)] as const),
  ]);
}

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/** Styles of cells by number: general, amount in yuan, text. 4 is `#,##0.00`, 49 is text. */
const STYLES = `${HEAD}<styleSheet xmlns="${MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf/><xf numFmtId="4" applyNumberFormat="1"/><xf numFmtId="49" applyNumberFormat="1"/></cellXfs></styleSheet>`;
const AMOUNT = 1;
const TEXT = 2;

function contentTypes(sheets: readonly number[]): string {
  const part = (name: string, type: string) =>
    `<Override PartName="/xl/${name}.xml" ContentType="${TYPE}.${type}+xml"/>`;
  return `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${part('workbook', 'sheet.main')}${part('styles', 'styles')}${sheets.map((n) => part(`worksheets/sheet${n}`, 'worksheet')).join('')}</Types>`;
}

function relations(all: readonly (readonly [type: string, target: string])[]): string {
  const one = ([type, target]: readonly [string, string], n: number) =>
    `<Relationship Id="rId${n + 1}" Type="${OFFICE}/${type}" Target="${target}"/>`;
  return `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${all.map(one).join('')}</Relationships>`;
}

/** Characters that the name of a sheet must not have. */
const NOT_IN_NAMES = /[[\]:*?/\\]/g;
const LONGEST_NAME = 31;

function workbook(sheets: readonly { readonly n: number; readonly name: string }[]): string {
  const one = ({ n, name }: { readonly n: number; readonly name: string }) =>
    `<sheet name="${escaped(name.replaceAll(NOT_IN_NAMES, ' ').slice(0, LONGEST_NAME))}" sheetId="${n}" r:id="rId${n}"/>`;
  return `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${sheets.map(one).join('')}</sheets></workbook>`;
}

function sheetXml(rows: Rows): string {
  const lines = rows.map((row, n) => `<row r="${n + 1}">${row.map(cellXml).join('')}</row>`);
  return `${HEAD}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15" baseColWidth="16"/><sheetData>${lines.join('')}</sheetData></worksheet>`;
}

function cellXml(cell: Cell): string {
  if (cell === null) return '<c/>';
  if (typeof cell === 'number') return `<c><v>${cell}</v></c>`;
  if (typeof cell === 'string') return textXml(cell);
  return 'fen' in cell ? `<c s="${AMOUNT}"><v>${fenToYuan(cell.fen)}</v></c>` : textXml(cell.id);
}

function textXml(text: string): string {
  return `<c s="${TEXT}" t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
}

/** The longest text that a cell of a spreadsheet holds. */
const LONGEST_TEXT = 32_767;
/** Characters that XML 1.0 cannot hold, or that no cell shows: controls and lone surrogates. */
const NOT_XML = /(?![\t\n\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu;

function escaped(text: string): string {
  return text
    .slice(0, LONGEST_TEXT)
    .replaceAll(NOT_XML, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
