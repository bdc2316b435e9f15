import { systemTimers } from '../../lib/runtime/timers';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessDeps } from '../../lib/inbox/process-deps';
import type { AskDeps } from '../../lib/orders/ask';
import type { Budget } from '../../lib/runtime/budget';
import type { Log, LogEvent, LogFields } from '../../lib/runtime/log';
import { leaseToken } from '../../lib/model/lease';
import type { SqliteStore } from '../../lib/store/sqlite/open';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import { instant, later } from '../../lib/values/instant';
import type { CloseAnswer, OrderAnswer, RefundStatusAnswer } from '../../lib/wechat/port';
import { MERCHANT, START } from '../store/builders';
import { putNewStore } from '../store/sqlite/harness';

/** A log that remembers. */
export interface RememberedLog extends Log {
  readonly lines: { readonly event: LogEvent; readonly fields: LogFields }[];
}

/** Use cases on a real store, with a clock that stands still and a scripted WeChat Pay. */
export interface Stage {
  readonly store: SqliteStore;
  readonly deps: AskDeps & { readonly wechat: { closeOrder(): Promise<CloseAnswer> } };
  readonly log: RememberedLog;
  /** What `queryOrder` answers from now on. */
  answer: OrderAnswer;
  /** What `closeOrder` answers from now on. */
  closing: CloseAnswer;
  /** What `queryRefund` answers from now on. */
  refundStanding: RefundStatusAnswer;
  /** How often WeChat Pay was asked about an order. */
  asked: number;
  advance(ms: number): void;
  /** The same use case with some of its parts exchanged. */
  with(parts: Partial<ProcessDeps>): AskDeps;
}

/** Plenty of time, and nobody wants to stop. */
export const PLENTY: Budget = { remaining: () => 60_000, stopping: false };

/** Runs a case on a stage of its own and clears it away. */
export async function onStage(run: (stage: Stage) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-'));
  const file = join(folder, 'inbox.db');
  putNewStore(file);
  const store = openSqliteStore({ file });
  try {
    await run(stageOn(store));
  } finally {
    store.close();
    rmSync(folder, { recursive: true });
  }
}

/** A log that only remembers. */
export function rememberedLog(): RememberedLog {
  const lines: RememberedLog['lines'] = [];
  const note = (event: LogEvent, fields: LogFields) => void lines.push({ event, fields });
  return { lines, info: note, warn: note, error: note };
}

function stageOn(store: SqliteStore): Stage {
  let now = START;
  let tokens = 0;
  const log = rememberedLog();
  const deps = {
    store,
    wechat: {
      queryOrder: async () => {
        stage.asked += 1;
        return stage.answer;
      },
      closeOrder: async () => stage.closing,
      queryRefund: async () => stage.refundStanding,
    },
    timers: systemTimers,
    clock: { now: () => now },
    random: () => 0.5,
    newToken: () => leaseToken(`token-${String((tokens += 1)).padStart(6, '0')}`),
    log,
    settings: {
      batch: 50,
      leaseMs: 60_000,
      attempts: 5,
      backoff: { firstMs: 1_000, maxMs: 60_000 },
      missingOrderMs: 600_000,
      queryConcurrency: 4,
      unverifiedMs: 7 * 86_400_000,
      lateMoney: 'hold' as const,
      verifyAbove: null,
      merchants: [MERCHANT],
    },
    orderSettings: {
      merchants: [MERCHANT] as const,
      narrowText: [],
      numberPrefix: 't',
      payableMs: 1_800_000,
      firstAskMs: 60_000,
      askAgainMs: 5_000,
    },
  };
  const stage: Stage = {
    store,
    deps,
    log,
    answer: { kind: 'unknown', reason: 'transport', detail: 'nobody said anything' },
    closing: { kind: 'unknown', reason: 'transport', detail: 'nobody said anything' },
    refundStanding: { kind: 'unknown', reason: 'unreadable', detail: 'empty lists' },
    asked: 0,
    advance: (ms) => {
      now = instant(later(now, ms));
    },
    with: (parts) => ({ ...deps, ...parts }),
  };
  return stage;
}
