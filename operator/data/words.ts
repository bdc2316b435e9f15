import type { Shrinking } from '../../lib/store/sqlite/disk/shrunken';
import { SHRINKING_WORDS } from '../../lib/store/sqlite/disk/shrunken';
import type { Compared, Total } from '../../lib/store/copying/compare';
import { isEqual } from '../../lib/store/copying/compare';
import type { Language } from '../../lib/values/language';
import { table } from '../table';
import type { AcceptedLoss } from './accept-loss';
import type { DataBackup } from './back-up';
import type { ShopCopied } from './copy';

/** The texts of the commands on a data folder. */
export interface DataWords {
  readonly backedUp: (report: DataBackup) => string;
  readonly ask: (shrinking: Shrinking) => string;
  readonly accepted: (acceptance: AcceptedLoss) => string;
  readonly askCopy: (place: string) => string;
  /** Nothing was copied, because the person declined. */
  readonly copyLeft: string;
  readonly copied: (copied: ShopCopied) => string;
  /** The same from MySQL, at `place`, to the data folder. */
  readonly askCopyBack: (place: string, folder: string) => string;
  readonly copiedBack: (copied: ShopCopied, folder: string) => string;
  /** A password was given as an argument, which every user of the machine can read. */
  readonly passwordShown: string;
}

const SHRINKINGS_ZH: Readonly<Record<Shrinking, string>> = {
  database_missing: '数据库文件缺失，但低水位文件表明它曾经存在',
  other_database: '该数据库不是低水位文件记录的那一个',
  older_copy: '数据库比低水位文件旧：缺少复制之后已应答的消息',
  backup: '该数据库是备份：缺少备份之后已应答的消息',
  mark_missing: '低水位文件缺失，无法判断已应答的消息是否完整',
  mark_unreadable: '低水位文件无法读取，无法判断已应答的消息是否完整',
};

const total = (shown: Total | null): readonly [string, string] => [shown?.rows ?? '0', shown?.sum ?? '0'];

/** Both sides beside each other, amounts in fen. */
function comparison(heads: readonly string[], compared: readonly Compared[], differs: string): string {
  const rows = compared.map((one) => {
    const [rowsOf, sum] = total(one.source);
    const [rowsOfTarget, sumOfTarget] = total(one.target);
    const sums = one.unit === 'none' ? ['', '', ''] : [sum, sumOfTarget, one.unit];
    return [one.name, rowsOf, rowsOfTarget, ...sums, isEqual(one) ? '' : differs];
  });
  return table(heads, rows, new Set([1, 2, 3, 4])).trimEnd();
}

/** By language. */
export const DATA_WORDS: Readonly<Record<Language, DataWords>> = {
  en: {
    backedUp: ({ file, bytes, rows, statements, statementFiles }) =>
      [
        `backed up and checked: ${file}, ${bytes} bytes`,
        `messages ${rows.inbox}, orders ${rows.orders}, refunds ${rows.refunds}, discrepancies ${rows.discrepancies}, ` +
          `statement runs ${rows.statement_runs}, audit entries ${rows.audit}`,
        statements === null
          ? 'no statement files yet'
          : `statement files: ${statementFiles}, in ${statements}`,
      ].join('\n'),
    ask: (shrinking) => `${SHRINKING_WORDS[shrinking]}. Accept that loss`,
    accepted: (acceptance) => {
      switch (acceptance.kind) {
        case 'whole':
          return 'nothing is missing: nothing was changed';
        case 'left':
          return 'nothing was changed';
        case 'accepted':
          return (
            `accepted: ${SHRINKING_WORDS[acceptance.shrinking]}. Start the server; queries and statements ` +
            'bring back the payments of the days that are missing'
          );
      }
    },
    askCopy: (place) =>
      `move this shop to ${place}; the data in DATA_DIR is not served any more afterwards. Move it`,
    copyLeft: 'nothing was copied or changed',
    copied: ({ kind, place, compared, damagedBills }) =>
      [
        comparison(
          ['what', 'rows here', 'rows there', 'sum here', 'sum there', 'unit', ''],
          compared,
          'DIFFERS',
        ),
        ...damagedBills.map((bill) => `changed on disk and not copied: ${bill}; run its statement again`),
        kind === 'moved'
          ? `moved to ${place}: start servers with DATABASE_URL; this data is not served any more`
          : `${place} differs and was not released; this data is unchanged and may be served. Repeat the command`,
      ].join('\n'),
    askCopyBack: (place, folder) =>
      `move this shop from ${place} to ${folder}; the database is not served any more afterwards. Move it`,
    copiedBack: ({ kind, place, compared, damagedBills }, folder) =>
      [
        comparison(
          ['what', 'rows there', 'rows here', 'sum there', 'sum here', 'unit', ''],
          compared,
          'DIFFERS',
        ),
        ...damagedBills.map((bill) => `damaged there and not copied: ${bill}; run its statement again`),
        kind === 'moved'
          ? `moved to ${folder}: remove DATABASE_URL and start the server; ${place} is not served any more`
          : `the copy differs and was not released; ${place} is unchanged and may be served. Repeat the command`,
      ].join('\n'),
    passwordShown:
      'the password was an argument, which other users of this machine can see in ps: next time set DATABASE_URL_FILE to a file with the address',
  },
  zh: {
    backedUp: ({ file, bytes, rows, statements, statementFiles }) =>
      [
        `已备份并校验：${file}，${bytes} 字节`,
        `消息 ${rows.inbox}，订单 ${rows.orders}，退款 ${rows.refunds}，差异 ${rows.discrepancies}，` +
          `对账 ${rows.statement_runs}，操作记录 ${rows.audit}`,
        statements === null ? '尚无账单文件' : `账单文件 ${statementFiles} 个，位于 ${statements}`,
      ].join('\n'),
    ask: (shrinking) => `${SHRINKINGS_ZH[shrinking]}。是否接受该损失`,
    accepted: (acceptance) => {
      switch (acceptance.kind) {
        case 'whole':
          return '没有缺失任何内容，未做改动';
        case 'left':
          return '未做改动';
        case 'accepted':
          return `已接受：${SHRINKINGS_ZH[acceptance.shrinking]}。请启动服务器；缺失日期的付款由查单和对账补回`;
      }
    },
    askCopy: (place) => `将本店铺迁移到 ${place}，之后 DATA_DIR 中的数据不再用于服务。是否迁移`,
    copyLeft: '未复制任何内容，未做改动',
    copied: ({ kind, place, compared, damagedBills }) =>
      [
        comparison(['内容', '源行数', '目标行数', '源合计', '目标合计', '单位', ''], compared, '不一致'),
        ...damagedBills.map((bill) => `磁盘上已损坏，未复制：${bill}；请重跑该日对账`),
        kind === 'moved'
          ? `已迁移到 ${place}：请设置 DATABASE_URL 后启动服务器；原数据不再用于服务`
          : `${place} 与源数据不一致，尚不可用；源数据未改动，仍可用于服务。请重新执行该命令`,
      ].join('\n'),
    askCopyBack: (place, folder) =>
      `将本店铺从 ${place} 迁移到 ${folder}，之后该数据库不再用于服务。是否迁移`,
    copiedBack: ({ kind, place, compared, damagedBills }, folder) =>
      [
        comparison(['内容', '源行数', '目标行数', '源合计', '目标合计', '单位', ''], compared, '不一致'),
        ...damagedBills.map((bill) => `源中已损坏，未复制：${bill}；请重跑该日对账`),
        kind === 'moved'
          ? `已迁移到 ${folder}：请去掉 DATABASE_URL 后启动服务器；${place} 不再用于服务`
          : `复制结果不一致，尚不可用；${place} 未改动，仍可用于服务。请重新执行该命令`,
      ].join('\n'),
    passwordShown:
      '密码作为命令行参数传入，本机其他用户可以通过 ps 看到：下次请将地址写入文件，并用 DATABASE_URL_FILE 指定',
  },
};
