import type { PeopleWords } from './en-people';

/** 人员、登录与复核。 */
export const zhPeople: PeopleWords = {
  roles: { read: '只读', accountant: '财务', refund: '可退款', act: '可操作' },
  signInLog: '登录记录',
  record: {
    sign_in: '登录',
    sign_in_refused: '口令错误',
    sign_out: '退出登录',
    session_expired: '会话结束',
    ask_approval: '申请复核',
    approve: '复核通过',
    decline: '复核拒绝',
  },
  approval: {
    lead: '需要复核人批准的操作。复核通过后按申请时的内容执行。',
    waiting: '待复核',
    decided: '已处理',
    state: { waiting: '待复核', expired: '已过期', approved: '已通过', declined: '已拒绝' },
    asker: '申请人',
    decidedBy: '复核人',
    expires: '过期时间',
    items: (n) => `${n} 项`,
    approve: '通过',
    decline: '拒绝',
    reason: '拒绝原因',
    done: (done, refused) =>
      refused === 0 ? `复核通过：完成 ${done} 项` : `复核通过：完成 ${done} 项，${refused} 项被拒绝`,
    declined: '已拒绝',
    empty: ['没有申请', '没有需要复核的操作。'],
  },
};
