import type { Unreadable } from '../../lib/model/unreadable';
import { useSession } from '../session';
import { Code, Fold } from './parts';

/** What cannot be read, as it is stored: of a page of a list, or `open` where it is the page. */
export function UnreadableItems({
  items,
  open = false,
}: {
  readonly items: readonly Unreadable[];
  readonly open?: boolean;
}) {
  const { words } = useSession();
  if (items.length === 0) return null;
  return (
    <section class="unreadable" aria-label={words.table.unreadable(items.length)}>
      <p class="advice">
        <strong>{words.table.unreadable(items.length)}</strong> {words.table.unreadableAdvice}
      </p>
      {items.map(({ name, problem, raw }) => (
        <Fold key={name} title={name} open={open}>
          <p>{problem}</p>
          <pre tabIndex={0}>
            <Code>{raw}</Code>
          </pre>
        </Fold>
      ))}
    </section>
  );
}
