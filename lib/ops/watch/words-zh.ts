import type { AlarmUnit } from '../../model/alarm';
import type { Words } from './words';

/** What the watchdog says in Chinese. */
export const chineseWords: Words = {
  causes: {
    oldest_due_message: {
      name: '消息无人处理',
      title: '最早的待处理消息已等了 {value}',
      what: '通知已经入库，但没有人处理：用户付了款，订单还显示未支付。',
      first: '看 processInbox 是否在运行：先查触发器，再查日志。',
    },
    backlog: {
      name: '消息积压',
      title: '积压了 {value} 条消息',
      what: '通知来得比处理得快，或者处理所依赖的东西出了问题。',
      first: '看 processInbox 日志里每次运行的结果（inbox_run），再看数据库是否正常。',
    },
    dead_letters: {
      name: '死信',
      title: '最近有 {value} 条通知处理失败，已停止重试',
      what: '它们已用完重试次数，或者与订单对不上。每一条都可能是一笔钱。',
      first: '打开“死信”逐条看原因：处理好后重放，确实无用的写明理由作废。',
    },
    unknown_payments: {
      name: '付款结果未知',
      title: '有 {value} 笔订单不知道付没付款',
      what: '按时间它们早该支付成功或关闭，或者该去查单，却一直没有结果。',
      first: '看 reconcileOrders 是否在运行，以及微信支付怎么答复（order_asked）。',
    },
    silent_callbacks: {
      name: '回调静默',
      title: '{value} 的付款没有收到回调',
      what: '微信支付的通知到不了 payCallback。靠查单仍能发现付款，但会晚几分钟。',
      first: '看 payCallback 有没有被调用、答复是什么；再查 envId，必须是完整的环境 ID。',
    },
    missing_statement: {
      name: '对账单缺失',
      title: '对账单已晚了 {value}',
      what: '有一天还没有用微信支付的对账单核对过；谁都没通知到的付款，要靠它才能发现。',
      first: '在控制台打开那一天的对账，上面写着它在等什么。',
    },
    open_discrepancies: {
      name: '未处理差异',
      title: '有 {value} 笔差异未处理',
      what: '我们的账和微信支付的账不一致。',
      first: '在控制台从金额最大的看起，逐笔写明原因并关闭。',
    },
    failing_fulfilment: {
      name: '发货失败',
      title: '有 {value} 笔已付款的订单没有发货',
      what: '顾客付了钱却没拿到东西：发货已停止重试，或者拖得太久。',
      first: '看其中一笔的失败原因，修好 merchant/fulfill.ts 或它调用的服务，再重试发货。',
    },
    abnormal_refunds: {
      name: '退款异常',
      title: '有 {value} 笔退款异常',
      what: '微信支付退不回去：用户的银行卡或账户收不了款。',
      first: '到商户平台处理：交易中心 → 退款查询。',
    },
    missing_api_token: {
      name: '缺少云调用令牌',
      title: '有定时函数没有权限询问微信支付',
      what: '它运行时没有云调用令牌：没有消息的订单、退款或对账单都在等着。',
      first: '用微信开发者工具重新上传它的触发器；日志 api_token_missing 写着是哪个函数。',
    },
  },
  alarm: (level, title) => `【告警 ${level}%】${title}`,
  over: (name) => `【已恢复】${name}`,
  now: (value) => `现在是 ${value}。`,
  limit: (threshold) => `阈值 ${threshold}。`,
  since: (time) => `始于 ${time}（北京时间）。`,
  first: (what) => `先做：${what}`,
  runbook: (where) => `手册：${where}`,
  console: (where) => `控制台：${where}`,
  figure: chinese,
  runbookFile: 'docs/runbook.zh-CN.md',
};

function chinese(value: number, unit: AlarmUnit): string {
  switch (unit) {
    case 'ms':
      return chineseSpan(Math.floor(value / 1000));
    case 'percent':
      return `${value}%`;
    case 'count':
      return String(value);
  }
}

function chineseSpan(seconds: number): string {
  if (seconds < 120) return `${seconds} 秒`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} 分钟` : `${Math.floor(minutes / 60)} 小时`;
}
