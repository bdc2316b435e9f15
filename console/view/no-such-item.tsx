import { useSession } from '../session';
import { Code, Empty } from './parts';

/** A page for an item that does not exist. */
export function NoSuchItem({ name }: { readonly name: string }) {
  const { words } = useSession();
  return (
    <>
      <div class="bar">
        <h1>
          <Code>{name}</Code>
        </h1>
      </div>
      <Empty what={[words.trouble.code.NOT_FOUND, words.table.empty.search[1] ?? '']} />
    </>
  );
}
