import { useAsk } from '../api/use-ask';
import { keyNamed } from '../reading/names';
import type { Route } from '../route';
import { useSession } from '../session';
import { AuditList } from '../view/audit-list';
import { MessageCard } from '../view/message-card';
import { NoSuchItem } from '../view/no-such-item';
import { Code, Go, Pending, Waiting } from '../view/parts';

/** A complete message of the inbox. */
export function Message({ route }: { readonly route: Extract<Route, { screen: 'message' }> }) {
  const { words } = useSession();
  const key = keyNamed(route.key);
  const { answer, failure, waiting } = useAsk('show_message', key === null ? null : { key });
  if (key === null || failure?.code === 'NOT_FOUND') return <NoSuchItem name={route.key} />;
  return (
    <>
      <div class="bar">
        <h1>
          {words.message.title} <Code>{route.key}</Code>
        </h1>
      </div>
      <Waiting waiting={waiting} />
      {answer === null ? (
        <Pending failure={failure} />
      ) : (
        <div class="detail">
          <MessageCard message={answer.message} linked={false} />
          {answer.message.outTradeNo === null ? null : (
            <p class="onward">
              {words.order.title}{' '}
              <Go to={{ screen: 'order', outTradeNo: answer.message.outTradeNo }}>
                <Code>{answer.message.outTradeNo}</Code>
              </Go>
            </p>
          )}
          <AuditList entries={answer.audit} subject={route.key} />
        </div>
      )}
    </>
  );
}
