import type { Route } from './route';
import { Approvals, ApprovalScreen } from './screens/approvals';
import { Audit } from './screens/audit';
import { BulkScreen } from './screens/bulk';
import { Books } from './screens/books';
import { Checks } from './screens/checks';
import { Discrepancies } from './screens/discrepancies';
import { DiscrepancyScreen } from './screens/discrepancy';
import { Message } from './screens/message';
import { Messages } from './screens/messages';
import { MonthScreen } from './screens/month';
import { OpenItems } from './screens/open-items';
import { OrderScreen } from './screens/order';
import { Orders } from './screens/orders';
import { OverviewScreen } from './screens/overview';
import { RefundScreen } from './screens/refund';
import { Refunds } from './screens/refunds';
import { RunScreen } from './screens/run';
import { Runs } from './screens/runs';
import { Search } from './screens/search';

/**
 * The screen of a route. Another item is another screen, so nothing of the previous one remains
 * visible.
 */
export function Screen({ route }: { readonly route: Route }) {
  switch (route.screen) {
    case 'overview':
      return <OverviewScreen route={route} />;
    case 'messages':
      return <Messages key={route.state} route={route} />;
    case 'message':
      return <Message key={route.key} route={route} />;
    case 'orders':
      return <Orders route={route} />;
    case 'order':
      return <OrderScreen key={route.outTradeNo} route={route} />;
    case 'refund':
      return <RefundScreen key={route.outRefundNo} route={route} />;
    case 'refunds':
      return <Refunds route={route} />;
    case 'discrepancies':
      return <Discrepancies key={route.state} route={route} />;
    case 'discrepancy':
      return <DiscrepancyScreen key={route.id} route={route} />;
    case 'runs':
      return <Runs route={route} />;
    case 'run':
      return <RunScreen key={route.id} route={route} />;
    case 'audit':
      return <Audit route={route} />;
    case 'approvals':
      return <Approvals route={route} />;
    case 'approval':
      return <ApprovalScreen key={route.id} route={route} />;
    case 'bulk':
      return <BulkScreen key={route.id} route={route} />;
    case 'checks':
      return <Checks />;
    case 'books':
      return <Books />;
    case 'month':
      return <MonthScreen key={route.id} route={route} />;
    case 'openItems':
      return <OpenItems route={route} />;
    case 'search':
      return <Search key={route.text} route={route} />;
  }
}
