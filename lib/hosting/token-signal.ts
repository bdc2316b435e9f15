import type { WeChatPay } from '../wechat/port';
import { errorText } from '../runtime/error-text';
import type { WorkerName } from '../config/jobs';
import type { Ports, WorkerHandler } from './ports';
import type { Alarms } from '../store/ports/ops-port';
import type { Config } from '../config/config-schema';
import type { SubMchId } from '../values/ids';

/** What signalling the token needs. */
export interface TokenPorts extends Pick<Ports, 'wechat' | 'clock' | 'log'> {
  readonly config: Pick<Config, 'merchants'>;
  readonly store: { readonly alarms: Pick<Alarms, 'raise' | 'lower'> };
}

/**
 * What the answers of a run show about its token. A run without a token has none in any of its
 * calls. Answers of API v3, which needs none, show nothing.
 */
type TokenSeen = 'nothing' | 'present' | 'missing';

/**
 * Makes a worker signal the watchdog when its runs lack the token for calling WeChat Pay (its
 * trigger was not uploaded with the WeChat developer tools), and clear the signal once they have
 * it. Only a run of the worker itself can see this.
 *
 * Failure policy: fail open. A signal that cannot be stored is logged; the run's own work counts.
 *
 * CloudBase: 1 or 2 requests after a run without a token; 1 after the first run with one, of the
 * process or after a run without.
 */
export function signallingToken<Given extends TokenPorts>(
  ports: Given,
  worker: WorkerName,
  open: (ports: Given) => WorkerHandler,
): WorkerHandler {
  let seen: TokenSeen = 'nothing';
  let known: TokenSeen = 'nothing';
  const needsNone = new Set(
    ports.config.merchants.flatMap(({ subMchId, channel }) => (channel.kind === 'v3' ? [subMchId] : [])),
  );
  const wechat = watched(ports.wechat, (subMchId, now) => {
    if (seen !== 'missing' && !needsNone.has(subMchId)) seen = now;
  });
  const run = open({ ...ports, wechat });
  const signal = async (): Promise<void> => {
    const now = seen;
    seen = 'nothing';
    if (now === 'nothing' || (now === 'present' && known === 'present')) return;
    const { alarms } = ports.store;
    try {
      if (now === 'present') await alarms.lower('missing_api_token', worker);
      else await alarms.raise({ cause: 'missing_api_token', lastSeenAt: ports.clock.now(), detail: worker });
      known = now;
    } catch (error) {
      ports.log.warn('signal_not_stored', { outTradeNo: null, worker, error: errorText(error) });
    }
  };
  return async (budget, start) => {
    try {
      return await run(budget, start);
    } finally {
      await signal();
    }
  };
}

/**
 * Wraps WeChat Pay and reports what each answer about a merchant shows about the token. A call
 * without an answer shows nothing.
 */
function watched(wechat: WeChatPay, tell: (subMchId: SubMchId, seen: TokenSeen) => void): WeChatPay {
  const noting = async <Answer extends { readonly kind: string }>(
    { subMchId }: { readonly subMchId: SubMchId },
    answering: Promise<Answer>,
  ): Promise<Answer> => {
    const answer = await answering;
    // What the channel does not offer was not asked for.
    if (answer.kind === 'not_offered') return answer;
    if (answer.kind !== 'unknown') tell(subMchId, 'present');
    else if ('reason' in answer && answer.reason === 'missing_api_token') tell(subMchId, 'missing');
    return answer;
  };
  return {
    prepayBody: (draft) => wechat.prepayBody(draft),
    unifiedOrder: (request) => noting(request, wechat.unifiedOrder(request)),
    queryOrder: (request) => noting(request, wechat.queryOrder(request)),
    closeOrder: (request) => noting(request, wechat.closeOrder(request)),
    refund: (request) => noting(request, wechat.refund(request)),
    queryRefund: (request) => noting(request, wechat.queryRefund(request)),
    downloadBill: (request) => noting(request, wechat.downloadBill(request)),
  };
}
