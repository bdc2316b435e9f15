import { API_LIMITS } from '../../../lib/ops/api';
import { useAsk } from '../../api/use-ask';
import { failureText } from '../../language/say';
import { useSession } from '../../session';
import { Code, Money, Pending } from '../parts';

/** What releasing several orders would fulfil: each with its amount and the reason of its hold. */
export function ReleasePreview({ names }: { readonly names: readonly string[] }) {
  const { words } = useSession();
  const { answer, failure } = useAsk('preview_release', { names: names.slice(0, API_LIMITS.names) });
  if (answer === null) return <Pending failure={failure} />;
  return (
    <ul class="results preview">
      {answer.items.map((item) => (
        <li key={item.name} class={item.ok ? 'good' : 'bad'}>
          <Code>{item.name}</Code>
          {item.ok ? (
            <span>
              <Money fen={item.order.total} /> {words.hold[item.hold.reason]}
            </span>
          ) : (
            <span>{failureText(words, { code: item.code, message: '' })}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
