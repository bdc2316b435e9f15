import { z } from 'zod';
import type { DiscrepancyId } from '../../model/discrepancy';
import { isDiscrepancyId } from '../../model/discrepancy';
import { isPlainText } from '../../model/operators/item-notes';
import type { SignOffId } from '../../model/operators/sign-off';
import { isSignOffId } from '../../model/operators/sign-off';
import { AGE_BUCKETS } from '../../rules/ageing';
import { CASH_ACCOUNTS } from '../../values/cash-account';
import { LANGUAGES } from '../../values/language';
import { voucherOf } from '../../statement/month/voucher';
import type { SubMchId } from '../../values/ids';
import { isSubMchId } from '../../values/ids';
import type { BeijingMonth } from '../../values/month';
import { isBeijingMonth } from '../../values/month';
import { API_LIMITS } from '../api';
import { MONTH_PARTS } from '../books-api';
import type { BooksOperations } from '../books-api';
import type { Operation } from '../operation';
import { refused } from '../refused';
import { checkFile } from './check-file';
import { keepPart } from './given-file';
import { listBooks } from './list-books';
import { assign, comment } from './notes';
import { listOpenItems } from './open-items';
import { amend, signOff, standingOfBooks } from './sign-off';
import { monthCsv, monthStanding } from './standing';
import { takeTradeBill } from './trade-bill';

const idParam = z.custom<SignOffId>(isSignOffId);
const itemParam = z.custom<DiscrepancyId>(isDiscrepancyId);
const plainText = (longest: number) =>
  z.string().trim().min(1).max(longest).refine(isPlainText, { error: 'must be plain text of one line' });
const reasonParam = plainText(API_LIMITS.reason);
const runParam = z.string().max(64);
/** A file that is given by hand. */
export const givenFile = {
  file: z.base64().max(API_LIMITS.file).exactOptional(),
  parts: z
    .array(
      z.object({
        location: z.string().max(300),
        bytes: z.int().min(0).max(API_LIMITS.file),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .min(1)
    .max(API_LIMITS.parts)
    .exactOptional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .exactOptional(),
};
const month = {
  subMchId: z.custom<SubMchId>(isSubMchId),
  month: z.custom<BeijingMonth>(isBeijingMonth),
};
const NO_BOOKS = 'there are no books of this merchant and time';

/** The operations on books. */
export const BOOKS_OPERATIONS: { readonly [Name in keyof BooksOperations]: Operation<Name> } = {
  check_file: {
    params: z.object({ id: runParam, what: z.enum(['trade_bill', ...CASH_ACCOUNTS]), ...givenFile }),
    needs: 'resolve',
    run: async (deps, _by, asked) => checkFile(deps, asked),
  },
  give_part: {
    params: z.object({ id: runParam, part: z.base64().min(1).max(API_LIMITS.file) }),
    needs: 'resolve',
    run: async (deps, _by, asked) => keepPart(deps, asked),
  },
  give_trade_bill: {
    params: z.object({ id: runParam, ...givenFile, reason: reasonParam.exactOptional() }),
    needs: 'resolve',
    run: takeTradeBill,
  },
  list_books: {
    params: z.object({}),
    needs: 'look',
    run: async (deps) => ({ ok: true, months: await listBooks(deps) }),
  },
  show_month: {
    params: z.object(month),
    needs: 'look',
    run: async (deps, by, asked) => {
      const read = await monthStanding(deps, by, { kind: 'month', ...asked });
      if (read === null) return refused('NOT_FOUND', NO_BOOKS);
      const { report, shown } = read;
      return { ok: true, report, voucher: voucherOf(report), signOff: shown };
    },
  },
  export_month: {
    params: z.object({
      ...month,
      part: z.enum(MONTH_PARTS),
      language: z.enum(LANGUAGES).exactOptional(),
    }),
    needs: 'export',
    run: async (deps, by, { part, language = 'zh', ...asked }) => {
      const read = await monthStanding(deps, by, { kind: 'month', ...asked });
      if (read === null) return refused('NOT_FOUND', NO_BOOKS);
      const csv = monthCsv(read.report, part, language);
      if (csv !== null) return { ok: true, csv };
      return refused('NO_VOUCHER', 'there is no voucher: the month report says which days are why');
    },
  },
  show_sign_off: {
    params: z.object({ id: idParam }),
    needs: 'look',
    run: async (deps, by, { id }) => {
      const read = await standingOfBooks(deps, by, id);
      return read === null ? refused('NOT_FOUND', NO_BOOKS) : { ok: true, signOff: read.shown };
    },
  },
  sign_off: {
    params: z.object({
      id: idParam,
      seen: z.string().regex(/^[0-9a-f]{64}$/),
      note: reasonParam.exactOptional(),
    }),
    needs: 'sign',
    run: signOff,
  },
  amend: { params: z.object({ id: idParam, reason: reasonParam }), needs: 'sign', run: amend },
  list_open_items: {
    params: z.object({
      after: z.string().max(200).nullable().exactOptional(),
      limit: z.int().min(1).max(API_LIMITS.page).exactOptional(),
      owner: z.string().max(64).nullable().exactOptional(),
      bucket: z.enum(AGE_BUCKETS).nullable().exactOptional(),
    }),
    needs: 'look',
    run: async (deps, _by, asked) => ({ ok: true, ...(await listOpenItems(deps, asked)) }),
  },
  assign: {
    params: z.object({
      names: z.array(itemParam).min(1).max(API_LIMITS.names),
      owner: z.string().min(1).max(64).nullable(),
    }),
    needs: 'resolve',
    run: assign,
  },
  comment: {
    params: z.object({ id: itemParam, text: plainText(API_LIMITS.comment) }),
    needs: 'resolve',
    run: comment,
  },
};
