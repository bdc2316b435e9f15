import type { WebhookProblem } from '../lib/webhook/test-result';
import type { Language } from '../lib/values/language';

/**
 * Heads of tables and the sentences of the commands. States, classes and codes are names, the same
 * in every language.
 */
export interface Words {
  readonly heads: Readonly<Record<string, string>>;
  readonly nothing: string;
  readonly more: (mark: string) => string;
  readonly unreadable: (count: number) => string;
  readonly ask: (what: string, count: number) => string;
  readonly replayed: (count: number) => string;
  readonly done: (count: number, refused: number, unchanged: number) => string;
  readonly semicolon: string;
  readonly today: Readonly<Record<'paid' | 'refunded' | 'held' | 'failed', string>> & {
    readonly asOf: (time: string) => string;
  };
  /** The result of an action that left its item as it was. */
  readonly unchanged: string;
  readonly weChatSaid: (said: string) => string;
  readonly queryFollows: (state: string) => string;
  readonly proposed: string;
  readonly waitsForApproval: (id: string) => string;
  readonly recordWhole: (entries: number, since: string) => string;
  readonly recordEmpty: string;
  readonly recordBroken: (faults: number) => string;
  readonly recordHead: (anchor: string) => string;
  readonly resolved: string;
  readonly amended: (of: string) => string;
  readonly running: string;
  readonly paused: string;
  readonly nothingPaused: string;
  readonly nothingPausedNow: string;
  /** Where runs are noted at most every so many minutes. */
  readonly runsNoted: (minutes: number) => string;
  readonly sent: string;
  readonly notSent: string;
  readonly noWebhook: string;
  readonly webhookWell: string;
  /** What is wrong with the merchant's own system, and what to do. */
  readonly webhookProblems: Readonly<Record<WebhookProblem, string>>;
  readonly round: (round: number) => string;
  readonly erased: (orders: number, messages: number) => string;
  readonly eraseAgain: string;
  readonly notReadForErasure: (orders: number) => string;
  readonly notErased: (orders: number, named: string) => string;
  /** What a promotion does to the merchant's money. */
  readonly promotion: Readonly<Record<'CASH' | 'NOCASH', string>>;
  readonly notFound: string;
  readonly left: string;
}

/** By language. */
export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    heads: {},
    nothing: 'nothing',
    more: (mark) => `there is more: --after '${mark}'`,
    unreadable: (count) => `cannot be read, repair in the database: ${count}\n`,
    ask: (what, count) => `${what}: ${count}. Go on? [y/N] `,
    replayed: (count) => `replayed: ${count}`,
    done: (count, refused, unchanged) =>
      `done: ${count}${unchanged === 0 ? '' : `, unchanged: ${unchanged}`}, refused: ${refused}`,
    semicolon: '; ',
    today: {
      paid: 'paid',
      refunded: 'refunded',
      held: 'on hold',
      failed: 'fulfilment failed',
      asOf: (time) => `until ${time}, Beijing`,
    },
    unchanged: 'unchanged',
    weChatSaid: (said) => `WeChat Pay says ${said}`,
    queryFollows: (state) => `still ${state}; the next run of the refund worker queries it`,
    proposed: 'recorded; an approver has to accept it too',
    waitsForApproval: (id) => `waits for an approver: npm run ops -- approve ${id}`,
    recordWhole: (entries, since) => `The audit log is unchanged: ${entries} entries since ${since}.`,
    recordEmpty: 'The audit log has no seals yet: the first action makes one.',
    recordBroken: (faults) =>
      `The audit log has been changed in ${faults} ${faults === 1 ? 'place' : 'places'}.`,
    recordHead: (anchor) => `Last seal, to keep elsewhere and check with --anchor: ${anchor}`,
    resolved: 'resolved',
    amended: (of) => `${of} may change until somebody signs it again`,
    running: 'running',
    paused: 'paused',
    nothingPaused: 'it was not paused',
    nothingPausedNow: 'nothing is paused',
    runsNoted: (minutes) =>
      `in the cloud a run is noted every ${minutes} minutes, and sooner when it fails: later ones are in the logs`,
    sent: 'sent',
    notSent: 'not sent',
    noWebhook: 'config.json has no fulfilment.webhook: orders are fulfilled by other means',
    webhookWell: 'the system takes signed calls',
    webhookProblems: {
      unreachable: 'no connection: check the address, its DNS name and the firewall',
      timeout: 'no answer in time: answer within fulfilment.timeoutSeconds, and work afterwards',
      certificate: 'the certificate of the address is not valid for it: renew it, or correct the address',
      redirect:
        'the address redirects, and redirects are not followed: set fulfilment.webhook.url to the final address',
      unauthorized:
        'the system refused the call: does it know the secret, does it verify the body as it was sent, and does it answer 2xx to events of the type test?',
      no_such_address: 'there is nothing at this path that takes POST: correct fulfilment.webhook.url',
      overloaded: 'the system asks for time: see fulfilment.webhook.perSecond',
      failing: 'the system failed: look for the id in its log',
      unreadable: 'the answer cannot be read: answer uncompressed, in at most 16 KB',
      refused: 'the system does not take the test event: answer any 2xx to events of the type test',
    },
    round: (round) => `round ${round} waits for its bill`,
    erased: (orders, messages) => `erased in ${orders} orders and ${messages} messages`,
    eraseAgain: 'not finished: run it again with the same order',
    notReadForErasure: (orders) =>
      `the erasure is incomplete: ${orders} orders cannot be read and may belong to this payer; repair or remove them`,
    notErased: (orders, named) => `${orders} orders stay until they have ended: ${named}`,
    promotion: { CASH: 'paid out to the merchant', NOCASH: 'lowers the settlement amount' },
    notFound: 'there is no such item',
    left: 'nothing was changed',
  },
  zh: {
    heads: {
      today: '今日',
      count: '笔数',
      yesterday: '昨日此时',
      'a week ago': '上周此时',
      owner: '负责人',
      discrepancy: '差异',
      comments: '备注数',
      'muted until': '免打扰至',
      key: '消息',
      order: '订单号',
      state: '状态',
      trust: '来源',
      attempts: '处理次数',
      claims: '无结果领取次数',
      deliveries: '收到次数',
      received: '首次收到',
      total: '金额',
      payment: '付款',
      fulfilment: '发货',
      created: '下单时间',
      paid: '付款时间',
      payer: '付款人',
      refunded: '已退款',
      refund: '退款单号',
      amount: '金额',
      by: '发起方',
      id: '差异',
      class: '类别',
      ours: '我方账目',
      theirs: '微信支付',
      seen: '最近发现',
      run: '对账',
      day: '日期',
      outcome: '结果',
      found: '差异数',
      'currency paid in': '付款币种',
      'origin check': '来源校验',
      'notification id': '通知 ID',
      'key id': '密钥 ID',
      promotion: '优惠',
      effect: '对商户',
      'borne by WeChat': '微信出资',
      'by the merchant': '商户出资',
      'by others': '其他出资',
      'last answer': '最近一次未有结论的返回结果',
      at: '时间',
      who: '操作人',
      action: '操作',
      subject: '对象',
      reason: '原因',
      kind: '种类',
      name: '名称',
      actions: '可用操作',
      cause: '告警',
      level: '级别',
      value: '当前',
      threshold: '阈值',
      event: '事件',
      path: '得知途径',
      evidence: '依据',
      result: '结果',
      said: '微信支付返回',
      message: '说明',
      code: '代码',
      figure: '项目',
      now: '当前',
      'oldest due': '最早的待处理消息',
      'payments in an hour': '一小时内收到付款',
      'without a callback': '其中没有回调',
      'messages pending': '待处理消息',
      'messages dead': '死信',
      'unverified pending': '未验证的待处理消息',
      'unverified dead': '未验证的死信',
      'claimed alone': '单独领取的消息',
      'orders pending': '待付款订单',
      'orders paid': '已付款订单',
      'fulfilment due': '待发货',
      'on hold': '暂缓发货',
      'fulfilment failed': '发货失败',
      'failed and refunded': '未发货，已退款',
      'open discrepancies': '未了结差异',
      'refunds processing': '退款处理中',
      refundable: '可退金额',
      refunding: '退款中金额',
      'payment unknown, late': '付款结果未知',
      'not fulfilled, late': '逾期未发货',
      since: '开始时间',
      target: '通知目标',
      worker: '定时任务',
      'last run': '上次运行',
      duration: '用时',
      'next run': '下次运行',
      host: '主机',
      'called at': '调用时间',
      took: '用时',
      status: 'HTTP 状态码',
      answer: '返回内容',
      paused: '已暂停',
      until: '截止时间',
      request: '复核申请',
      items: '项数',
      'asked by': '申请人',
      'decided by': '复核人',
      fault: '问题',
      seal: '封签',
      entry: '记录',
    },
    nothing: '没有',
    more: (mark) => `还有更多：--after '${mark}'`,
    unreadable: (count) => `有 ${count} 条无法读取，请在数据库中修复\n`,
    ask: (what, count) => `${what}：${count} 条。继续吗？[y/N] `,
    replayed: (count) => `已重放 ${count} 条`,
    done: (count, refused, unchanged) =>
      `完成 ${count}${unchanged === 0 ? '' : `，未变 ${unchanged}`}，拒绝 ${refused}`,
    semicolon: '；',
    today: {
      paid: '已付款',
      refunded: '已退款',
      held: '暂缓发货',
      failed: '发货失败',
      asOf: (time) => `截至北京时间 ${time}`,
    },
    unchanged: '未变',
    weChatSaid: (said) => `微信支付返回 ${said}`,
    queryFollows: (state) => `仍为 ${state}，退款任务下次运行时查询`,
    proposed: '已记录，还需复核人接受',
    waitsForApproval: (id) => `待复核：npm run ops -- approve ${id}`,
    recordWhole: (entries, since) => `操作记录未被改动：自 ${since} 起共 ${entries} 条。`,
    recordEmpty: '操作记录尚无封签，首次操作后生成。',
    recordBroken: (faults) => `操作记录有 ${faults} 处被改动。`,
    recordHead: (anchor) => `最新封签，请另行保存，之后用 --anchor 核对：${anchor}`,
    resolved: '已了结',
    amended: (of) => `${of} 可以更改，直到再次签核`,
    running: '运行中',
    paused: '已暂停',
    nothingPaused: '它没有被暂停',
    nothingPausedNow: '没有暂停的工作',
    runsNoted: (minutes) =>
      `云开发里每 ${minutes} 分钟记录一次运行，失败时提前记录；更近的运行请查看函数日志`,
    sent: '已发送',
    notSent: '未送出',
    noWebhook: 'config.json 未设置 fulfilment.webhook，发货另有方式',
    webhookWell: '您的系统能接收签名调用',
    webhookProblems: {
      unreachable: '无法连接：请检查地址、域名解析和防火墙',
      timeout: '未及时返回：请在 fulfilment.timeoutSeconds 内返回，耗时的工作放到返回之后',
      certificate: '地址的证书无效：请更新证书或更正地址',
      redirect: '地址返回了重定向，重定向不会被跟随：请把 fulfilment.webhook.url 改为最终地址',
      unauthorized:
        '您的系统拒绝了调用：请检查它的密钥，确认它按收到的原文验签，并对 type 为 test 的事件返回 2xx',
      no_such_address: '该路径不接收 POST：请更正 fulfilment.webhook.url',
      overloaded: '您的系统要求稍后再调用：请调整 fulfilment.webhook.perSecond',
      failing: '您的系统出错：请按 ID 查看它的日志',
      unreadable: '返回内容无法读取：请不要压缩，且不超过 16 KB',
      refused: '您的系统不接收测试事件：对 type 为 test 的事件请返回任意 2xx',
    },
    round: (round) => `第 ${round} 轮，等待账单`,
    erased: (orders, messages) => `已从 ${orders} 个订单、${messages} 条消息中删除`,
    eraseAgain: '尚未删完：请用同一订单号再执行一次',
    notReadForErasure: (orders) => `尚未删全：有 ${orders} 个订单无法读取，可能属于该付款人，请修复或移除`,
    notErased: (orders, named) => `${orders} 个订单尚未了结，暂时保留：${named}`,
    promotion: { CASH: '优惠金额由商户收取', NOCASH: '优惠金额从应结订单金额中扣减' },
    notFound: '没有这一项',
    left: '未做改动',
  },
};
