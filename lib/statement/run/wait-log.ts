import { finalFrom } from './calendar';
import type { StatementDeps } from './deps';
import type { StatementRun, WaitReason } from '../../model/statement-run';

/**
 * Tells what a run waits for: louder for a download that fails, and loudest once the statement
 * should be there.
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
    case 'download_failed':
      log[clock.now() >= finalFrom(day, settings) ? 'error' : 'warn']('statement_waits', fields);
      return;
    case 'missing_api_token':
      // Told once for the whole turn, with the fix.
      return;
  }
}
