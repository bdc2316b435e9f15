import type { Language } from './language';

/**
 * Heads of tables and the sentences of the commands. States, classes and codes are names, the same
 * in every language.
 */
export interface Words {
  readonly heads: Readonly<Record<string, string>>;
  readonly nothing: string;
  readonly more: (mark: string) => string;
  readonly ask: (what: string, count: number) => string;
  readonly replayed: (count: number) => string;
  readonly done: (count: number, refused: number) => string;
  readonly notFound: string;
  readonly left: string;
}

/** By language. */
export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    heads: {},
    nothing: 'nothing',
    more: (mark) => `there is more: --after '${mark}'`,
    ask: (what, count) => `${what}: ${count}. Go on? [y/N] `,
    replayed: (count) => `brought back: ${count}`,
    done: (count, refused) => `done: ${count}, refused: ${refused}`,
    notFound: 'there is no such item',
    left: 'nothing was changed',
  },
  zh: {
    heads: {
      key: '消息',
      order: '订单',
      state: '状态',
      trust: '可信',
      attempts: '尝试',
      deliveries: '送达',
      received: '收到时间',
      total: '金额',
      payment: '付款',
      fulfilment: '发货',
      created: '创建时间',
      paid: '付款时间',
      payer: '付款人',
      refunded: '已退',
      refund: '退款单',
      amount: '金额',
      by: '来自',
      id: '差异',
      class: '类别',
      ours: '我们',
      theirs: '微信',
      seen: '最近看到',
      run: '对账',
      day: '日期',
      outcome: '结果',
      found: '差异数',
      'currency paid in': '付款币种',
      'last answer': '最近一次未有定论的查单',
      at: '时间',
      who: '谁',
      action: '操作',
      subject: '对象',
      reason: '原因',
      kind: '种类',
      name: '名称',
      actions: '可做',
      cause: '告警',
      level: '级别',
      value: '当前',
      threshold: '阈值',
      event: '事件',
      path: '来源',
      evidence: '依据',
      result: '结果',
      said: '微信答复',
      message: '说明',
      code: '代码',
      figure: '项目',
      now: '现在',
      'oldest due': '最久未处理',
      'heard in an hour': '一小时内收到付款',
      'without a callback': '其中没有回调',
      'messages pending': '待处理消息',
      'messages dead': '死信',
      'orders pending': '待付款订单',
      'orders paid': '已付款订单',
      'to be delivered': '待发货',
      'on hold': '暂缓发货',
      'not deliverable': '发货失败',
      'open discrepancies': '未处理差异',
      'refunds under way': '退款中',
      refundable: '还可退',
    },
    nothing: '没有',
    more: (mark) => `后面还有：--after '${mark}'`,
    ask: (what, count) => `${what}：${count} 条。继续吗？[y/N] `,
    replayed: (count) => `已恢复 ${count} 条`,
    done: (count, refused) => `完成 ${count}，拒绝 ${refused}`,
    notFound: '没有这一条',
    left: '没有改动',
  },
};
