import type { WorkWords } from './en-work';

/** 暂停与操作记录。 */
export const zhWork: WorkWords = {
  pause: {
    pause: '暂停',
    resume: '恢复',
    paused: '已暂停',
    merchant: '商户',
    title: (name) => `暂停${name}`,
    help: {
      worker: '任务不再开始新的工作。到期的工作一直保留，不消耗重试次数。回调照常。',
      fulfillOrders: '任何任务都不再发货。已付款订单保持待发货，不消耗重试次数。',
      watchdog: '不再统计，也不再告警，只提醒有哪些工作被暂停。',
      merchant: '不为该商户发货，也不就其订单调用微信支付。已验证的消息照常生效，账单照常核对。',
    },
    until: '截止时间',
    untilResumed: '直到有人恢复',
    hours: (hours) => `${hours} 小时后`,
    done: (name) => `已暂停：${name}`,
    resumed: (name) => `已恢复：${name}`,
    by: (who, reason) => `${who}：${reason}`,
    ends: (time) => `至 ${time}`,
    banner: (count) => `已暂停 ${count} 项`,
  },
  recorded: {
    replay_matching: '按条件重放',
    unmask_payer: '显示付款人',
    test_notices: '测试通知',
    test_fulfilment: '测试调用您的系统',
    outcome: { begun: '已开始', done: '完成', refused: '被拒绝', failed: '失败' },
    subject: {
      message: '消息',
      order: '订单',
      refund: '退款',
      discrepancy: '差异',
      run: '对账',
      alarm: '告警',
      database: '数据库',
      webhook: '您的系统',
      session: '登录',
      approval: '复核申请',
      bulk: '批量操作',
      worker: '定时任务',
      merchant: '商户',
      month: '月报',
    },
  },
};
