import { useState } from 'preact/hooks';
import type { ShownOrder } from '../../lib/ops/api';
import { useAsk, useUnmaskedPayer } from '../api/use-ask';
import { answerText, pathText } from '../language/say';
import { orderNamed } from '../reading/names';
import { dayText, span } from '../reading/time';
import { sideWords } from '../reading/evidence';
import { promotionText } from '../reading/promotion';
import type { Route } from '../route';
import { useSession } from '../session';
import { Actions, Offers } from '../view/dialogs/actions';
import { Calls } from '../view/calls';
import { MessageCard } from '../view/message-card';
import { NoSuchItem } from '../view/no-such-item';
import {
  Chip,
  Code,
  Empty,
  Fact,
  Facts,
  Fold,
  Go,
  Moment,
  Money,
  Panel,
  Pending,
  Waiting,
} from '../view/parts';
import { Timeline } from '../view/timeline';
import { UnreadableItems } from '../view/unreadable';
import { FULFILMENT_TONE, PAYMENT_TONE, REFUND_TONE } from '../view/tones';
import { UnreadableOrderScreen } from './unreadable-order';

/** What the order's page shows. */
type Shown = ShownOrder;

/** An order with its timeline. */
export function OrderScreen({ route }: { readonly route: Extract<Route, { screen: 'order' }> }) {
  const { words } = useSession();
  const [unmask, setUnmask] = useState(false);
  const outTradeNo = orderNamed(route.outTradeNo);
  const { answer, failure, waiting } = useAsk('show_order', outTradeNo === null ? null : { outTradeNo });
  if (outTradeNo === null || failure?.code === 'NOT_FOUND') return <NoSuchItem name={route.outTradeNo} />;
  if (answer === null) {
    return (
      <>
        <div class="bar">
          <h1>
            {words.order.title} <Code>{outTradeNo}</Code>
          </h1>
        </div>
        <Pending failure={failure} />
      </>
    );
  }
  if (answer.unreadable !== null) return <UnreadableOrderScreen shown={answer} />;
  const { order, refunds, discrepancies, messages } = answer;
  return (
    <>
      <div class="bar">
        <h1>
          {words.order.title} <Code>{order.outTradeNo}</Code>
        </h1>
        <span class="amount">
          <Money fen={order.total} />
        </span>
        <Chip tone={PAYMENT_TONE[order.payment.state]}>{words.payment[order.payment.state]}</Chip>
        <Chip tone={FULFILMENT_TONE[order.fulfilment.state]}>{words.fulfilment[order.fulfilment.state]}</Chip>
        <Actions name={order.outTradeNo} actions={order.actions} refundable={answer.refundable} />
      </div>
      <Waiting waiting={waiting} />
      {order.fulfilment.state === 'dead' ? (
        <div class="advice">
          <p>
            <strong>{order.fulfilment.reason}</strong> {words.order.deliveryFailed}
          </p>
          <Offers actions={order.actions.filter((action) => action === 'retry_fulfilment')} />
        </div>
      ) : null}
      {order.fulfilment.state === 'held' ? (
        <div class="advice">
          <p>
            <strong>{words.hold[order.fulfilment.reason]}</strong>
          </p>
          <Offers actions={order.actions.filter((action) => action === 'release_hold')} />
        </div>
      ) : null}
      <UnreadableItems items={answer.unreadableRefunds} />
      <div class="columns">
        <div>
          <Panel id="story" title={words.order.story}>
            <Timeline shown={answer} />
          </Panel>
        </div>
        <div>
          <Panel id="facts" title={words.order.facts}>
            <OrderFacts shown={answer} unmask={unmask} onUnmask={() => setUnmask(true)} />
          </Panel>
          {answer.payments.length === 0 ? null : (
            <Panel id="payments" title={words.order.payments}>
              <Payments payments={answer.payments} />
            </Panel>
          )}
          <Calls calls={order.calls} />
          {discrepancies.length === 0 ? null : (
            <Panel id="discrepancies" title={words.order.discrepancies}>
              <ul class="plain-list">
                {discrepancies.map((found) => (
                  <li key={found.id} class="item">
                    <Go to={{ screen: 'discrepancy', id: found.id }}>
                      {words.discrepancy.class[found.class]}
                    </Go>
                    <Chip tone={found.resolution === null ? 'bad' : 'good'}>
                      {words.discrepancy.state[found.resolution === null ? 'open' : 'resolved']}
                    </Chip>
                    <span class="money">
                      {words.discrepancy.side.theirs} {sideWords(words, found.class, found.theirs)} ·{' '}
                      {words.discrepancy.side.ours} {sideWords(words, found.class, found.ours)}
                    </span>
                    <Actions name={found.id} actions={found.actions} />
                  </li>
                ))}
              </ul>
            </Panel>
          )}
          {refunds.length === 0 ? null : (
            <Panel id="refunds" title={words.order.refunds}>
              <ul class="plain-list">
                {refunds.map((refund) => (
                  <li key={refund.outRefundNo} class="item">
                    <Code>{refund.outRefundNo}</Code>
                    <Money fen={refund.amount} />
                    <Chip tone={REFUND_TONE[refund.progress.state]}>
                      {words.refund.state[refund.progress.state]}
                    </Chip>
                    <Actions name={refund.outRefundNo} actions={refund.actions} />
                    <span>
                      {words.refund.origin[refund.origin]}
                      {refund.requestedBy === refund.origin ? null : ` · ${refund.requestedBy}`}
                      {refund.reason === null ? null : <q>{refund.reason}</q>}
                    </span>
                    {refund.progress.state === 'abnormal' ? (
                      <p class="advice">{words.refund.abnormalAdvice}</p>
                    ) : null}
                    {refund.lastError === null ? null : (
                      <p class="problem">
                        {words.order.lastError}
                        {words.list.colon}
                        {refund.lastError}
                      </p>
                    )}
                  </li>
                ))}
              </ul>
            </Panel>
          )}
          <Panel id="messages" title={words.order.messages}>
            {messages.length === 0 ? (
              <Empty what={[words.order.nothingHeard]} />
            ) : (
              messages.map((message) => <MessageCard key={message.key} message={message} linked />)
            )}
          </Panel>
        </div>
      </div>
    </>
  );
}

/** Each payment by its transaction ID, with the allowed actions. */
function Payments({ payments }: Pick<Shown, 'payments'>) {
  const { words } = useSession();
  return (
    <ul class="plain-list">
      {payments.map((payment) => (
        <li key={payment.transactionId} class="item">
          <Code>{payment.transactionId}</Code>
          <Money fen={payment.total} />
          <Chip tone={payment.as === 'payment' ? 'good' : 'warn'}>{words.order.paidAs[payment.as]}</Chip>
          <Actions name={payment.name} actions={payment.actions} />
          <span>
            {words.order.refundable} <Money fen={payment.refundable} />
            {payment.acceptance === null ? null : <Acceptance of={payment.acceptance} />}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Acceptance({ of }: { readonly of: NonNullable<Shown['payments'][number]['acceptance']> }) {
  const { words } = useSession();
  const people =
    of.state === 'proposed'
      ? words.order.proposedBy(of.who)
      : words.order.acceptedBy(of.approver === null ? of.who : `${of.who}, ${of.approver}`);
  return (
    <>
      {' '}
      · {people} <q>{of.reason}</q>
    </>
  );
}

function OrderFacts({
  shown: { order, refundable, refunded, refunding },
  unmask,
  onUnmask,
}: {
  readonly shown: Shown;
  readonly unmask: boolean;
  readonly onUnmask: () => void;
}) {
  const { words } = useSession();
  return (
    <>
      <Facts>
        <Fact name={words.order.goods}>{order.body}</Fact>
        <Fact name={words.order.payer}>
          <Payer order={order} unmask={unmask} onUnmask={onUnmask} />
        </Fact>
        <Fact name={words.order.created}>
          <Moment at={order.createdAt} whole />
        </Fact>
        <PaymentFacts order={order} />
        <Fact name={words.order.lastAnswer}>
          {order.lastAnswer === null ? null : (
            <>
              {answerText(words, order.lastAnswer.said)} <Moment at={order.lastAnswer.at} whole />
            </>
          )}
        </Fact>
        <FulfilmentFacts order={order} />
        <Fact name={words.order.refundable}>{refundable > 0 ? <Money fen={refundable} /> : null}</Fact>
        <Fact name={words.column.refunded}>{refunded > 0 ? <Money fen={refunded} /> : null}</Fact>
        <Fact name={words.column.refunding}>{refunding > 0 ? <Money fen={refunding} /> : null}</Fact>
        <Fact name={words.order.merchant}>
          <Code>{order.subMchId}</Code>
        </Fact>
        <Fact name={words.order.statement}>
          {order.statement === null ? null : (
            <Go
              to={{ screen: 'run', id: `${order.subMchId}:${order.statement.day}`, class: null, after: null }}
            >
              {dayText(order.statement.day)}
            </Go>
          )}
        </Fact>
        <Fact name={words.order.requestId}>
          <Code>{order.requestId}</Code>
        </Fact>
      </Facts>
      <Fold title={words.order.cart}>
        <pre tabIndex={0}>{JSON.stringify(order.cart, null, 2)}</pre>
      </Fold>
    </>
  );
}

function Payer({
  order,
  unmask,
  onUnmask,
}: {
  readonly order: Shown['order'];
  readonly unmask: boolean;
  readonly onUnmask: () => void;
}) {
  const { words } = useSession();
  if (unmask) return <UnmaskedPayer order={order} />;
  return (
    <>
      <Code>{order.payer}</Code>{' '}
      <button type="button" class="small" title={words.order.unmaskHelp} onClick={onUnmask}>
        {words.order.unmask}
      </button>
    </>
  );
}

/**
 * Requested once, when an operator wants to see it: every view is recorded, so none repeats
 * automatically.
 */
function UnmaskedPayer({ order }: { readonly order: Shown['order'] }) {
  const { words } = useSession();
  const payer = useUnmaskedPayer(order.outTradeNo);
  return (
    <>
      <Code>{payer ?? order.payer}</Code> <small>{words.order.unmaskHelp}</small>
    </>
  );
}

function PaymentFacts({ order: { payment, expiresAt, nextAskAt } }: { readonly order: Shown['order'] }) {
  const { words } = useSession();
  switch (payment.state) {
    case 'pending':
      return (
        <>
          <Fact name={words.order.expires}>
            <Moment at={expiresAt} whole />
          </Fact>
          <Fact name={words.order.nextAsk}>
            <Moment at={nextAskAt} whole />
          </Fact>
        </>
      );
    case 'paid':
      return (
        <>
          <Fact name={words.order.paidAt}>
            <Moment at={payment.paidAt} whole />
          </Fact>
          <Fact name={words.order.knownAt}>
            {words.order.knownBy(
              pathText(words, payment.knownBy),
              span(Math.max(0, payment.knownAt - payment.paidAt), words.units),
            )}
          </Fact>
          <Fact name={words.order.transaction}>
            <Code>{payment.transactionId}</Code>
          </Fact>
          <Fact name={words.order.cashCurrency}>
            {payment.cashFeeType === 'CNY' ? null : payment.cashFeeType}
          </Fact>
          <Fact name={words.order.coupon}>
            {payment.coupon === null || payment.coupon === 0 ? null : <Money fen={payment.coupon} />}
          </Fact>
          <Fact name={words.order.promotions}>
            {payment.promotions?.map((one) => (
              <div key={one.id}>{promotionText(words, one)}</div>
            ))}
          </Fact>
        </>
      );
    case 'closed':
    case 'failed':
      return (
        <Fact name={words.event[payment.state]}>
          <Moment at={payment.at} whole />
        </Fact>
      );
  }
}

function FulfilmentFacts({ order: { fulfilment } }: { readonly order: Shown['order'] }) {
  const { words } = useSession();
  switch (fulfilment.state) {
    case 'none':
      return null;
    case 'due':
      return (
        <>
          <Fact name={words.order.attempts}>{fulfilment.attempts}</Fact>
          <Fact name={words.order.nextTry}>
            <Moment at={fulfilment.dueAt} whole />
          </Fact>
          <Fact name={words.order.lastError}>{fulfilment.lastError}</Fact>
        </>
      );
    case 'held':
      return (
        <Fact name={words.event.fulfilment_held}>
          {words.hold[fulfilment.reason]} <Moment at={fulfilment.heldAt} whole />
        </Fact>
      );
    case 'done':
      return (
        <>
          <Fact name={words.event.fulfilled}>
            <Moment at={fulfilment.doneAt} whole />
          </Fact>
          <Fact name={words.order.receipt}>{fulfilment.receipt}</Fact>
        </>
      );
    case 'dead':
      return (
        <>
          <Fact name={words.order.attempts}>{fulfilment.attempts}</Fact>
          <Fact name={words.order.lastError}>{fulfilment.reason}</Fact>
        </>
      );
  }
}
