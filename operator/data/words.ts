import type { Shrinking } from '../../lib/store/sqlite/disk/shrunken';
import { SHRINKING_WORDS } from '../../lib/store/sqlite/disk/shrunken';
import type { Language } from '../language';
import type { Acceptance } from './accept-loss';
import type { DataBackup } from './back-up';

/** The texts of the commands on a data folder. */
export interface DataWords {
  readonly backedUp: (report: DataBackup) => string;
  readonly ask: (shrinking: Shrinking) => string;
  readonly accepted: (acceptance: Acceptance) => string;
}

const SHRINKINGS_ZH: Readonly<Record<Shrinking, string>> = {
  database_missing: '数据库文件缺失，但低水位文件表明它曾经存在',
  other_database: '该数据库不是低水位文件记录的那一个',
  older_copy: '数据库比低水位文件旧：缺少复制之后已应答的消息',
  backup: '该数据库是备份：缺少备份之后已应答的消息',
  mark_missing: '低水位文件缺失，无法判断已应答的消息是否完整',
  mark_unreadable: '低水位文件无法读取，无法判断已应答的消息是否完整',
};

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
  },
};
