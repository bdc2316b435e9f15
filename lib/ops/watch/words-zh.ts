import type { AlarmUnit } from '../../model/alarm';
import type { Words } from './words';

/** The texts of the watchdog in Chinese. */
export const chineseWords: Words = {
  causes: {
    oldest_due_message: {
      name: '消息超时未处理',
      title: '最早的待处理消息已等待 {value}',
      what: '通知已入库，但没有任务在处理：顾客付了款，订单仍显示待付款。',
      first: '检查 processInbox 是否在运行：先查触发器，再查日志。',
    },
    backlog: {
      name: '收件箱积压',
      title: '积压 {value} 条待处理消息',
      what: '消息到达快于处理，或处理所依赖的服务出现故障。',
      first: '查看 processInbox 日志中每次运行的结果（inbox_run），再检查数据库是否正常。',
    },
    dead_letters: {
      name: '死信',
      title: '近期有 {value} 条死信',
      what: '它们需要人工处理：与订单不符、无法识别，或未经查单确认。每一条都可能是一笔钱。',
      first: '打开死信逐条查看原因：处理好后重放；确认无用的，填写原因后搁置。',
    },
    suspect_messages: {
      name: '疑似使任务中断的消息',
      title: '有 {value} 条消息疑似使处理任务中断',
      what: '每条都被领取过三次，任务却没有提交结果就结束了。现已改为单独领取，不影响其他消息。',
      first: '打开“待处理”中单独领取的消息，再查日志 message_claimed_alone，看领取它的任务是怎样结束的。',
    },
    unknown_payments: {
      name: '付款结果未知',
      title: '{value} 笔订单付款结果未知',
      what: '它们早该付款成功或关闭，或已到查单时间却没有查单。',
      first: '检查 reconcileOrders 是否在运行，以及微信支付的返回结果（order_asked）。',
    },
    silent_callbacks: {
      name: '回调缺失',
      title: '{value} 的付款没有收到回调',
      what: '微信支付的回调到不了 payCallback。查单仍能发现这些付款，但会晚几分钟。',
      first: '查看 payCallback 是否被调用、应答了什么；再检查 envId，必须是完整的环境 ID。',
    },
    missing_statement: {
      name: '对账逾期',
      title: '对账已逾期 {value}',
      what: '有一天尚未对账。当天没有收到任何通知的付款，只能从账单中发现。',
      first: '在控制台打开当天的对账，查看它在等待什么。',
    },
    open_discrepancies: {
      name: '未了结差异',
      title: '有 {value} 笔差异未了结',
      what: '我方与微信支付的账目不一致。',
      first: '在控制台从金额最大的看起，逐笔填写原因并了结。',
    },
    failing_fulfilment: {
      name: '已付款未发货',
      title: '{value} 笔已付款订单未发货',
      what: '顾客付了款却没有收到货：发货失败，或拖延过久。',
      first: '查看其中一笔的错误，修复您的发货代码或发货系统，再重新发货；发不了的请退款。',
    },
    abnormal_refunds: {
      name: '退款异常',
      title: '{value} 笔退款异常',
      what: '微信支付无法退回：付款人的银行卡或账户收不了款。',
      first: '请到商户平台处理：交易中心 → 退款查询。',
    },
    overdue_refunds: {
      name: '退款逾期',
      title: '{value} 笔退款逾期未完成',
      what: '多日没有结果：没有退款通知，查询不返回状态，账单里也没有。',
      first: '请到商户平台逐笔查看：交易中心 → 退款查询。',
    },
    paused_work: {
      name: '已暂停的工作',
      title: '有 {value} 项工作被人工暂停',
      what: '暂停期间到期的工作一直保留，直到有人恢复或暂停到期。回调照常入库。',
      first: '打开“自检”中的“定时任务”：每项暂停都写明操作人和原因。可以继续的请恢复。',
    },
    missing_api_token: {
      name: '缺少云调用令牌',
      title: '有定时任务缺少云调用令牌',
      what: '它运行时没有云调用令牌：查单、退款或下载账单处于停滞。',
      first: '请用微信开发者工具重新上传它的触发器；日志 api_token_missing 写明是哪个任务。',
    },
    unknown_key: {
      name: '签名公钥未配置',
      title: '微信支付的签名所用的公钥或证书未配置',
      what: '这些通知可用您的 APIv3 密钥解密，但无法验签：只能等查单确认，微信支付也会重发。',
      first: '对照日志 v3_notification_refused 中的公钥 ID 与商户平台，把该公钥与现有公钥一并配置。',
    },
    clock_skew: {
      name: '时钟偏差',
      title: '本机时钟与微信支付相差超过 5 分钟',
      what: '带签名的通知不能立即采信，要等查单确认；带签名的请求也会被拒绝。',
      first: '检查本机时钟（NTP）。时钟无误的话，就是有人在重放旧通知。',
    },
    not_ready: {
      name: '通知无法入库',
      title: '已有 {value} 无法保存任何通知',
      what: '微信支付会重发通知，持续两天；已应答的通知不受影响。',
      first: '打开服务器的 /healthz，它会说明原因；再检查磁盘：是否已满、只读、损坏，或文件被删除。',
    },
    test: {
      name: '测试',
      title: '这是一条测试通知',
      what: '由运营人员发出，用来确认这里能收到告警。',
      first: '没有发生任何问题，无需处理。',
    },
  },
  test: (title) => `【测试】${title}`,
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
