import { finalFrom } from './calendar';
import type { StatementDeps } from './deps';
import type { StatementRun, WaitReason } from '../../model/statement/statement-run';

/**
 * Logs what a run waits for: a bill that is being made and a failed download as a warning, and as
 * an error once the bill should be available.
 */
export function logWait(
  { log, clock, settings }: Pick<StatementDeps, 'log' | 'clock' | 'settings'>,
  { subMchId, day, attempts }: StatementRun,
  reason: WaitReason,
  detail: string,
): void {
  const fields = { outTradeNo: null, subMchId, day, reason, detail, attempts };
  switch (reason) {
    case 'not_asked':
    case 'not_available':
      log.info('statement_waits', fields);
      return;
    case 'not_yet':
    case 'download_failed':
      log[clock.now() >= finalFrom(day, settings) ? 'error' : 'warn']('statement_waits', fields);
      return;
    case 'missing_api_token':
      // Logged once per invocation, with the fix.
      return;
  }
}
