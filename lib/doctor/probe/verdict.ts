import { isRecord } from '../../values/json';
import { AT_ONCE } from './questions';

/*
 * What the product assumes of each answer of the probe. docs/probe.md says what the product does
 * where the platform behaves otherwise.
 */

/** Whether an answer is as the product assumes; `not_known`: it was not found out. */
export type Verdict = 'as_assumed' | 'otherwise' | 'not_known';

/** The verdicts on a probe's answers, and in words what is otherwise. */
export interface ProbeVerdict {
  /** False where what makes every payment count once does not hold. */
  readonly mayGoLive: boolean;
  readonly verdicts: Readonly<Record<string, Verdict>>;
  readonly words: readonly { readonly about: string; readonly en: string; readonly zh: string }[];
}

type Answer = Readonly<Record<string, unknown>>;

interface Assumption {
  /** Null where the answer lacks the figure that would show it. */
  readonly holds: (answer: Answer) => boolean | null;
  readonly otherwise: { readonly en: string; readonly zh: string };
  /** Without it nothing is exactly once. */
  readonly isVital?: true;
}

const most = (value: unknown, limit: number) => (typeof value === 'number' ? value <= limit : null);
const least = (value: unknown, limit: number) => (typeof value === 'number' ? value >= limit : null);

const ASSUMPTIONS: Readonly<Record<string, Assumption>> = {
  this_run: {
    holds: ({ timerLateMs }) => timerLateMs === null || most(timerLateMs, 5_000),
    otherwise: {
      en: 'timers are more than 5 s late: notifications are applied later by as much',
      zh: '定时器晚于计划 5 秒以上：通知的处理会相应推迟',
    },
  },
  run_limits: {
    holds: ({ timeMs, memoryMb, settings }) => {
      if (!isRecord(settings)) return null;
      const hasTime = typeof settings['timeMs'] === 'number' ? least(timeMs, settings['timeMs']) : null;
      const hasMemory =
        typeof settings['memoryMb'] === 'number' ? least(memoryMb, settings['memoryMb']) : null;
      return hasTime === null || hasMemory === null ? null : hasTime && hasMemory;
    },
    otherwise: {
      en: 'this function has less time or memory than its setting, so others may, too: npm run cloud -- setup',
      zh: '本函数的超时时间或内存低于配置，其他函数可能也是：请运行 npm run cloud -- setup',
    },
  },
  duplicate_id: {
    holds: ({ refusal, isKept }) => isRecord(refusal) && isKept === true,
    otherwise: {
      en: 'the same _id was stored twice, or replaced: do not go live',
      zh: '同一 _id 可以重复写入或被覆盖：请勿上线',
    },
    isVital: true,
  },
  write_then_read: {
    holds: ({ tries, longestMs }) => (tries === 0 ? null : most(longestMs, 1_000)),
    otherwise: {
      en: 'a read missed a write for more than a second: messages may wait for one more run',
      zh: '写入超过 1 秒后仍读不到：消息可能要多等一轮',
    },
  },
  racing_updates: {
    holds: ({ winners }) => winners === 1,
    otherwise: {
      en: 'of racing conditional updates not exactly one won: do not go live',
      zh: '并发的条件更新不是恰好一个成功：请勿上线',
    },
    isVital: true,
  },
  update_count: {
    holds: ({ counts }) => counts === 'matched' || counts === 'modified',
    otherwise: {
      en: 'an update does not say how many documents it changed: report it',
      zh: '更新没有返回修改了多少文档：请反馈',
    },
  },
  update_of_many: {
    holds: ({ said, changed }) => (Number.isFinite(changed) ? said === changed : null),
    otherwise: {
      en: 'an update of many documents says another number than it changed: claims are read back',
      zh: '批量更新返回的数量与实际不符：领取结果以回读为准',
    },
  },
  limits_of_queries: {
    holds: ({ without, withMost }) => without === 100 && withMost === 150,
    otherwise: {
      en: 'queries return another number of documents than documented: report it',
      zh: '查询返回的条数与文档不符：请反馈',
    },
  },
  ids_taken: {
    holds: ({ refused, longest }) =>
      Array.isArray(refused) && !refused.includes('payment:T1:4200') && least(longest, 200),
    otherwise: {
      en: 'an _id as ours are is refused: such payments are known by a query only; report it',
      zh: '本系统格式的 _id 被拒绝：这类付款只能通过查询得知，请反馈',
    },
  },
  dollar_keys: {
    holds: ({ refusal }) => isRecord(refusal),
    otherwise: {
      en: 'a key that starts with $ was stored: nothing depends on it',
      zh: '以 $ 开头的字段可以写入：不影响使用',
    },
  },
  document_sizes: {
    // Nothing stored and nothing refused: no time was left to try.
    holds: ({ largestKb, refusal }) => (largestKb === 0 && refusal === null ? null : least(largestKb, 64)),
    otherwise: {
      en: 'a document of 64 KB is refused: report it',
      zh: '64 KB 的文档被拒绝：请反馈',
    },
  },
  files: {
    holds: ({ isWhole, isRemoved, isGone }) => isWhole === true && isRemoved === true && isGone === true,
    otherwise: {
      en: 'cloud storage did not keep a file whole, or did not remove it: check it before the first bill',
      zh: '云存储未能完整保存或删除文件：请在首份账单之前检查',
    },
  },
  parallel_requests: {
    holds: ({ steps, settings }) => {
      const connections = isRecord(settings) ? settings['connections'] : undefined;
      return typeof connections === 'number' ? takesAtOnce(steps, connections) : null;
    },
    otherwise: {
      en: 'fewer requests at a time are taken than store.connections says: set it to the number of your plan',
      zh: '可同时处理的请求少于 store.connections：请改为套餐的连接数',
    },
  },
  clocks: {
    holds: ({ aheadMs }) => most(aheadMs, 2_000) && least(aheadMs, -2_000),
    otherwise: {
      en: 'the clocks of function and database differ by more than 2 s: leases are decided by them',
      zh: '云函数与数据库的时钟相差超过 2 秒：租约以时钟判断',
    },
  },
};

/**
 * Whether so many requests at a time are taken; null where too few were tried to see it. Refused
 * ones show how many were taken beside them.
 */
function takesAtOnce(steps: unknown, connections: number): boolean | null {
  if (!Array.isArray(steps)) return null;
  let most = 0;
  for (const step of steps) {
    const { at, refused }: Answer = isRecord(step) ? step : {};
    if (typeof at !== 'number' || typeof refused !== 'number') return null;
    if (refused > 0) return at - refused >= connections;
    most = at;
  }
  return most >= Math.min(connections, MOST_TRIED) ? true : null;
}

/** The most requests at a time that the load test makes. */
const MOST_TRIED = Math.max(...AT_ONCE);

/** Judges the answers of a probe. Pure. */
export function verdictOn(answers: Readonly<Record<string, object>>): ProbeVerdict {
  const judged = Object.entries(ASSUMPTIONS).map(([about, assumption]) => {
    const answer = answers[about];
    return { about, assumption, verdict: verdictOf(assumption, answer) };
  });
  return {
    mayGoLive: judged.every(({ assumption: { isVital }, verdict }) => !isVital || verdict === 'as_assumed'),
    verdicts: Object.fromEntries(judged.map(({ about, verdict }) => [about, verdict])),
    words: judged.flatMap(({ about, assumption, verdict }) =>
      verdict === 'otherwise' ? [{ about, ...assumption.otherwise }] : [],
    ),
  };
}

function verdictOf({ holds }: Assumption, answer: unknown): Verdict {
  if (!isRecord(answer) || 'error' in answer) return 'not_known';
  const isHeld = holds(answer);
  if (isHeld === null) return 'not_known';
  return isHeld ? 'as_assumed' : 'otherwise';
}
