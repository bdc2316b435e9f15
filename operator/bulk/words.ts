import type { BulkStanding, BulkTally } from '../../lib/model/operators/bulk';
import type { Language } from '../../lib/values/language';

/**
 * The sentences of a bulk action. Actions and outcomes of items are names, as elsewhere; states are
 * called as in the console, which a test holds.
 */
export interface BulkWords {
  readonly items: (count: number, money: string | null, isPart: boolean) => string;
  readonly leftOut: (count: number) => string;
  readonly first: (count: number) => string;
  readonly needsApproval: string;
  readonly none: string;
  readonly begun: (id: string) => string;
  readonly progress: (ended: number, all: number) => string;
  readonly standing: Readonly<Record<BulkStanding, string>>;
  readonly tally: Readonly<Record<keyof BulkTally, string>>;
  readonly unknown: string;
  readonly declined: (who: string, reason: string | null) => string;
  readonly waits: (id: string) => string;
  readonly stands: (id: string) => string;
  /** A server that did not answer may have begun it. */
  readonly noAnswer: (id: string) => string;
  readonly heads: Readonly<Record<'item' | 'outcome', string>>;
  readonly moreItems: (count: number) => string;
}

/** By language. */
export const BULK_WORDS: Readonly<Record<Language, BulkWords>> = {
  en: {
    items: (count, money, isPart) =>
      money === null ? `${count} items` : `${count} items, ${isPart ? 'at least ' : ''}${money} in all`,
    leftOut: (count) => `${count} more of the list are left out: the action does not apply to them now.`,
    first: (count) => `The list is longer: this takes the first ${count} only. Start again for the rest.`,
    needsApproval: 'A second person must approve it before anything happens.',
    none: 'The action applies to no item of this list.',
    begun: (id) => `Bulk action ${id}. Ctrl-C stops here; it can be continued or cancelled later.`,
    progress: (ended, all) => `${ended} of ${all}`,
    standing: {
      waiting: 'waiting for approval',
      running: 'running',
      cancelled: 'cancelled',
      done: 'done',
      declined: 'declined',
      expired: 'approval expired',
    },
    tally: {
      done: 'done',
      unchanged: 'unchanged',
      refused: 'refused',
      unknown: 'outcome unknown',
      begun: 'in progress',
      left: 'left',
    },
    unknown: 'Items with an unknown outcome are not started again. Check each of them.',
    declined: (who, reason) => `declined by ${who}${reason === null ? '' : `: ${reason}`}`,
    waits: (id) =>
      `Another person whose role includes the action must approve it: npm run ops -- approve bulk-${id}, or Approvals in the console. Then carry it out: npm run ops -- bulk continue ${id}`,
    stands: (id) =>
      `It is not finished. Continue: npm run ops -- bulk continue ${id}. Cancel the rest: npm run ops -- bulk cancel ${id}`,
    noAnswer: (id) => `It may have begun. See how it stands: npm run ops -- bulk show ${id}`,
    heads: { item: 'item', outcome: 'outcome' },
    moreItems: (count) => `and ${count} more: --json lists all`,
  },
  zh: {
    items: (count, money, isPart) =>
      money === null ? `共 ${count} 项` : `共 ${count} 项，合计${isPart ? '至少' : ''} ${money}`,
    leftOut: (count) => `列表中另有 ${count} 项当前不适用此操作，不会处理。`,
    first: (count) => `列表超出上限：本次只处理前 ${count} 项，完成后请再次发起。`,
    needsApproval: '需要第二人复核，通过之前不会执行。',
    none: '列表中没有适用此操作的项。',
    begun: (id) => `批量操作 ${id}。按 Ctrl-C 可在此停止，之后可以继续或取消。`,
    progress: (ended, all) => `${ended} / ${all}`,
    standing: {
      waiting: '等待复核',
      running: '执行中',
      cancelled: '已取消',
      done: '已完成',
      declined: '复核未通过',
      expired: '复核已过期',
    },
    tally: {
      done: '完成',
      unchanged: '未变化',
      refused: '被拒绝',
      unknown: '结果未知',
      begun: '处理中',
      left: '剩余',
    },
    unknown: '结果未知的项不会再次执行，请逐项核实。',
    declined: (who, reason) => `${who} 未予通过${reason === null ? '' : `：${reason}`}`,
    waits: (id) =>
      `须由另一位有此操作权限的人复核：npm run ops -- approve bulk-${id}，或在控制台“复核”页处理。通过后执行：npm run ops -- bulk continue ${id}`,
    stands: (id) =>
      `尚未完成。继续：npm run ops -- bulk continue ${id}；取消剩余项：npm run ops -- bulk cancel ${id}`,
    noAnswer: (id) => `可能已经开始，请查看状态：npm run ops -- bulk show ${id}`,
    heads: { item: '项', outcome: '结果' },
    moreItems: (count) => `另有 ${count} 项：加 --json 可列出全部`,
  },
};
