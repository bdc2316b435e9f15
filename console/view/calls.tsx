import type { CallResult, FulfilmentCall } from '../../lib/model/fulfilment-call';
import { useSession } from '../session';
import type { Tone } from './parts';
import { Chip, Moment, Panel, Span } from './parts';

const RESULT_TONE: Readonly<Record<CallResult, Tone>> = {
  fulfilled: 'good',
  refused: 'bad',
  declined: 'warn',
  unavailable: 'warn',
};

/** The calls of the merchant's system about an order, the latest first; nothing without any. */
export function Calls({ calls = [] }: { readonly calls: readonly FulfilmentCall[] | undefined }) {
  const { words } = useSession();
  if (calls.length === 0) return null;
  return (
    <Panel id="calls" title={words.call.title}>
      <ul class="plain-list">
        {[...calls].reverse().map((call) => (
          <li key={call.at} class="item">
            <Moment at={call.at} whole />
            <Chip tone={RESULT_TONE[call.result]}>{words.call.result[call.result]}</Chip>
            {call.status === null ? null : <span class="number">HTTP {call.status}</span>}
            <Span ms={call.ms} />
            {call.said === '' ? null : <q>{call.said}</q>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
