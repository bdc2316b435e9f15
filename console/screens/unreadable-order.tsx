import type { UnreadableOrder } from '../../lib/ops/api';
import { useSession } from '../session';
import { MessageCard } from '../view/message-card';
import { Code, Panel } from '../view/parts';
import { Timeline } from '../view/timeline';
import { UnreadableItems } from '../view/unreadable';

/** An order that cannot be read, as it is stored, with what else is known of its number. */
export function UnreadableOrderScreen({ shown }: { readonly shown: UnreadableOrder }) {
  const { words } = useSession();
  const { unreadable, messages } = shown;
  return (
    <>
      <div class="bar">
        <h1>
          {words.order.title} <Code>{unreadable.name}</Code>
        </h1>
      </div>
      <UnreadableItems items={[unreadable]} open />
      <div class="columns">
        <div>
          <Panel id="story" title={words.order.story}>
            <Timeline shown={shown} />
          </Panel>
        </div>
        <div>
          <Panel id="messages" title={words.order.messages}>
            {messages.map((message) => (
              <MessageCard key={message.key} message={message} linked />
            ))}
          </Panel>
        </div>
      </div>
    </>
  );
}
