import { COLUMN_NAMES, ORDER_COLUMNS, type OrderColumn } from './column-names';
import { simplified } from './simplified';

/** What a header names: a column, and how surely (0 is the surest). */
export interface Alias {
  readonly column: OrderColumn;
  readonly rank: number;
}

/** A longer cell is a sentence, and no header. */
const LONGEST_NAME = 60;
/** What forms and templates add to a header. */
const HINT = /\((?:必填|选填|必需|可选|required|optional|北京时间|文本|文本格式)\)/gi;

const ALIAS_OF: ReadonlyMap<string, Alias> = new Map(
  ORDER_COLUMNS.flatMap((column) =>
    COLUMN_NAMES[column].flatMap((names, rank) =>
      names.map((name) => [plainHeader(name), { column, rank }] as const),
    ),
  ),
);

/** Names as a comparison of headers sees them. */
export function plainHeader(name: string): string {
  return simplified(name.normalize('NFKC'))
    .replace(/[￥¥]/g, '元')
    .replace(/[\s_\-`"'*:]/g, '')
    .replace(/[[{【〔]/g, '(')
    .replace(/[\]}】〕]/g, ')')
    .replace(HINT, '')
    .replace(/\((?:单位)?(?:rmb|cny|人民币|元)\)$/i, '(元)')
    .replace(/\(单位分\)$/, '(分)')
    .toLowerCase();
}

/** The column that a header names, in one language or both; undefined when it is not known. */
export function aliasOf(name: string): Alias | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  return aliasOfName(name) ?? aliasOfBoth(name);
}

function aliasOfName(name: string): Alias | undefined {
  const plain = plainHeader(name);
  return ALIAS_OF.get(plain) ?? inUnit(plain);
}

/** An amount with its unit: `应付金额[分]`, `金额/元`, `total_fee（单位：分）`. */
const UNIT = /^(.+?)[(/]?(?:单位)?(?:(元|yuan|rmb|cny|人民币)|分|fen|cents?)\)?$/;
const IN_YUAN: Readonly<Partial<Record<OrderColumn, OrderColumn>>> = {
  yuan: 'yuan',
  fen: 'yuan',
  refundYuan: 'refundYuan',
  refundFen: 'refundYuan',
};
const IN_FEN: Readonly<Partial<Record<OrderColumn, OrderColumn>>> = {
  yuan: 'fen',
  fen: 'fen',
  refundYuan: 'refundFen',
  refundFen: 'refundFen',
};

function inUnit(plain: string): Alias | undefined {
  const [, base = '', yuan] = UNIT.exec(plain) ?? [];
  const alias = ALIAS_OF.get(base);
  if (alias === undefined) return undefined;
  const column = (yuan === undefined ? IN_FEN : IN_YUAN)[alias.column];
  return column === undefined ? undefined : { column, rank: alias.rank };
}

/** Between two names of one column: `订单号/Order No.`, `状态 Status`. */
const BETWEEN_NAMES = /[/|\n]|(?<=[\u4e00-\u9fff)])\s*(?=[a-z])|(?<=[a-z.)])\s*(?=[\u4e00-\u9fff])/i;

/** A header in two languages. All of its parts must name the same column. */
function aliasOfBoth(name: string): Alias | undefined {
  const parts = name
    .normalize('NFKC')
    .split(BETWEEN_NAMES)
    .map((part) => part.replace(/^\s*\((.*)\)\s*$/, '$1').trim())
    .filter((part) => part !== '');
  const [first, ...others] = parts.map(aliasOfName);
  if (first === undefined || others.length === 0) return undefined;
  return others.every((other) => other?.column === first.column) ? first : undefined;
}

const LIKE_AN_AMOUNT =
  /(?:实际|实付|实收|应付|应收|支付|付款|收款|成交|交易|订单|折后|优惠后|结算|合计|总|净|最终).{0,12}(?:金额|款|额|价)$|^(?:net|final|actual|actually|payable|real|discounted|settlement|received)(?:paid|pay)?(?:amount|total|price|payment)$/;
const NOT_OF_THE_ORDER =
  /退|优惠(?!后)|折扣|券|积分|费|佣|税|红包|补贴|定金|押金|余额|抵|减|成本|单价|原价|返|赠|提成|利润|待|未|方式|商品总/;

/**
 * True for a header that we do not know, and that may well be the order's amount. Beside a column
 * that we know as the amount it leaves a choice, which is the accountant's.
 */
export function mayBeAmount(name: string): boolean {
  if (name.length > LONGEST_NAME || aliasOf(name) !== undefined) return false;
  const plain = plainHeader(name).replace(/\([^)]*\)$/, '');
  return LIKE_AN_AMOUNT.test(plain) && !NOT_OF_THE_ORDER.test(plain);
}
