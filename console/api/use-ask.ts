import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { OpsName, OpsOperations } from '../../lib/ops/api';
import type { OutTradeNo } from '../../lib/values/ids';
import { useSession } from '../session';
import type { Failure } from './client';

/**
 * The state of a request. The last answer stays while the next is loading, so that nothing
 * flickers.
 */
export interface Asked<Answer> {
  readonly answer: Answer | null;
  readonly failure: Failure | null;
  readonly waiting: boolean;
}

/**
 * Makes a request, and repeats it whenever its parameters or the session's `turn` change. Null
 * makes none.
 */
export function useAsk<Name extends OpsName>(
  op: Name,
  params: OpsOperations[Name]['params'] | null,
): Asked<OpsOperations[Name]['answer']> {
  const { client, turn, failed } = useSession();
  const [asked, setAsked] = useState<Asked<OpsOperations[Name]['answer']>>(NOTHING_YET);
  const question = JSON.stringify(params);
  // Equal parameters are the same request, even in a new object.
  const latest = useRef(params);
  latest.current = params;
  // While rendering, not after it: an old answer is never shown under new parameters without a sign
  // that one is loading.
  useLayoutEffect(() => {
    const wanted = latest.current;
    if (wanted === null) return;
    const leaving = new AbortController();
    setAsked((before) => ({ ...before, waiting: true }));
    void client.ask(op, wanted, leaving.signal).then((outcome) => {
      if (leaving.signal.aborted) return;
      if (outcome.ok) {
        setAsked({ answer: outcome.answer, failure: null, waiting: false });
      } else {
        setAsked(({ answer }) => ({ answer, failure: outcome.failure, waiting: false }));
        failed(outcome.failure);
      }
    });
    return () => {
      leaving.abort();
    };
  }, [client, op, question, turn]);
  return asked;
}

const NOTHING_YET = { answer: null, failure: null, waiting: true } as const;

/**
 * The payer of an order, unmasked. Requested once and never repeated automatically, because every
 * view is recorded.
 */
export function useUnmaskedPayer(outTradeNo: OutTradeNo): string | null {
  const { client, failed, refresh } = useSession();
  const [payer, setPayer] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    void client.ask('show_order', { outTradeNo, unmask: true }).then((outcome) => {
      if (gone) return;
      if (!outcome.ok) failed(outcome.failure);
      else if (outcome.answer.unreadable === null) setPayer(outcome.answer.order.payer);
      refresh('reading');
    });
    return () => {
      gone = true;
    };
  }, [client, outTradeNo]);
  return payer;
}
