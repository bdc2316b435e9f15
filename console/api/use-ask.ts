import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { OpsName, OpsOperations } from '../../lib/ops/api';
import type { OutTradeNo } from '../../lib/values/ids';
import { useSession } from '../session';
import type { Failure } from './client';

/** What is known of a question's answer. The last answer stays while the next is awaited, so that nothing flickers. */
export interface Asked<Answer> {
  readonly answer: Answer | null;
  readonly failure: Failure | null;
  readonly waiting: boolean;
}

/** Asks, and asks again whenever the question or the session's turn changes. Null asks nothing. */
export function useAsk<Name extends OpsName>(
  op: Name,
  params: OpsOperations[Name]['params'] | null,
): Asked<OpsOperations[Name]['answer']> {
  const { client, turn, failed } = useSession();
  const [asked, setAsked] = useState<Asked<OpsOperations[Name]['answer']>>(NOTHING_YET);
  const question = JSON.stringify(params);
  // The same question made anew is the same question.
  const latest = useRef(params);
  latest.current = params;
  // With the drawing, not after it: the old answer never stands under a new question without it being said that one is awaited.
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

/** The payer of an order, unmasked: asked for once and never again by itself, because every look is recorded. */
export function useUnmaskedPayer(outTradeNo: OutTradeNo): string | null {
  const { client, failed, refresh } = useSession();
  const [payer, setPayer] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    void client.ask('show_order', { outTradeNo, unmask: true }).then((outcome) => {
      if (gone) return;
      if (outcome.ok) setPayer(outcome.answer.order.payer);
      else failed(outcome.failure);
      refresh('reading');
    });
    return () => {
      gone = true;
    };
  }, [client, outTradeNo]);
  return payer;
}
