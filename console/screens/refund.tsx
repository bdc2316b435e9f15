import { useEffect } from 'preact/hooks';
import { useAsk } from '../api/use-ask';
import { refundNamed } from '../reading/names';
import { hrefOf, type Route } from '../route';
import { useSession } from '../session';
import { AuditList } from '../view/audit-list';
import { NoSuchItem } from '../view/no-such-item';
import { Code, Pending } from '../view/parts';
import { UnreadableItems } from '../view/unreadable';

/** A refund that cannot be read, as it is stored. A readable one is shown on its order's page. */
export function RefundScreen({ route }: { readonly route: Extract<Route, { screen: 'refund' }> }) {
  const { words } = useSession();
  const outRefundNo = refundNamed(route.outRefundNo);
  const { answer, failure } = useAsk('show_refund', outRefundNo === null ? null : { outRefundNo });
  const here =
    answer === null || answer.unreadable !== null
      ? null
      : hrefOf({ screen: 'order', outTradeNo: answer.refund.outTradeNo });
  useEffect(() => {
    if (here !== null) location.replace(here);
  }, [here]);
  if (outRefundNo === null || failure?.code === 'NOT_FOUND') return <NoSuchItem name={route.outRefundNo} />;
  return (
    <>
      <div class="bar">
        <h1>
          {words.search.kind.refund} <Code>{outRefundNo}</Code>
        </h1>
      </div>
      {answer === null || answer.unreadable === null ? (
        <Pending failure={failure} />
      ) : (
        <div class="detail">
          <UnreadableItems items={[answer.unreadable]} open />
          <AuditList entries={answer.audit} subject={outRefundNo} />
        </div>
      )}
    </>
  );
}
