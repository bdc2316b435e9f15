import { OnDemand, onDemand } from './on-demand';
import type { Route } from './route';
import { Discrepancies } from './screens/discrepancies';
import { DiscrepancyScreen } from './screens/discrepancy';
import { Message } from './screens/message';
import { Messages } from './screens/messages';
import { OrderScreen } from './screens/order';
import { Orders } from './screens/orders';
import { OverviewScreen } from './screens/overview';
import { RefundScreen } from './screens/refund';
import { Refunds } from './screens/refunds';
import { Runs } from './screens/runs';
import { Search } from './screens/search';

// What nobody is called up at night for is loaded when it is first opened.
const LATER = onDemand(() => import('./later-screen'));

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
    case 'search':
      return <Search key={route.text} route={route} />;
    case 'run':
    case 'audit':
    case 'approvals':
    case 'approval':
    case 'bulk':
    case 'checks':
    case 'books':
    case 'month':
    case 'openItems':
      return <OnDemand part={LATER} show={({ LaterScreen }) => <LaterScreen route={route} />} />;
  }
}
