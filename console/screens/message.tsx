import type { InboxMessage } from '../../lib/model/message';
import type { OpsOperations } from '../../lib/ops/api';
import type { OutTradeNo } from '../../lib/values/ids';
import { useAsk } from '../api/use-ask';
import { keyNamed } from '../reading/names';
import type { Route } from '../route';
import { useSession } from '../session';
import { AuditList } from '../view/audit-list';
import { MessageCard } from '../view/message-card';
import { NoSuchItem } from '../view/no-such-item';
import { Actions, Offers } from '../view/dialogs/actions';
import { Code, Go, Money, Panel, Pending, Waiting } from '../view/parts';

type ShownAnswer = OpsOperations['show_order']['answer'];

/** A complete message of the inbox. */
export function Message({ route }: { readonly route: Extract<Route, { screen: 'message' }> }) {
  const { words } = useSession();
  const key = keyNamed(route.key);
  const { answer, failure, waiting } = useAsk('show_message', key === null ? null : { key });
  const rejected = answer === null ? null : rejectedFor(answer.message);
  const order = useAsk('show_order', rejected === null ? null : { outTradeNo: rejected });
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
          {rejected === null ? null : <RejectedPayment of={route.key} order={order.answer} />}
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

/** The order that a dead message's payment does not agree with; null for any other message. */
function rejectedFor(message: InboxMessage): OutTradeNo | null {
  return message.state === 'dead' && message.reason === 'mismatch' ? message.outTradeNo : null;
}

/** A payment that does not agree with its order, with what can be done about it here. */
function RejectedPayment({ of, order }: { readonly of: string; readonly order: ShownAnswer | null }) {
  const { words } = useSession();
  if (order === null || order.unreadable !== null) return null;
  const payment = order.payments.find(({ name }) => name === of);
  if (payment === undefined) return null;
  return (
    <Panel id="payment" title={words.order.payments}>
      <ul class="plain-list">
        <li class="item">
          <Code>{payment.transactionId}</Code>
          <Money fen={payment.total} />
          <Actions name={payment.name} actions={payment.actions} />
          <Offers actions={payment.actions} />
        </li>
      </ul>
    </Panel>
  );
}
