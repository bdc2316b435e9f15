import type { Route } from './route';
import { Approvals, ApprovalScreen } from './screens/approvals';
import { Audit } from './screens/audit';
import { BulkScreen } from './screens/bulk';
import { Books } from './screens/books';
import { Checks } from './screens/checks';
import { MonthScreen } from './screens/month';
import { OpenItems } from './screens/open-items';
import { RunScreen } from './screens/run';

/** A route whose screen is loaded when it is first opened. */
export type LaterRoute = Extract<
  Route,
  {
    readonly screen:
      'run' | 'audit' | 'approvals' | 'approval' | 'bulk' | 'checks' | 'books' | 'month' | 'openItems';
  }
>;

/** The screen of such a route. They are one file: each is small, and shares most of its code. */
export function LaterScreen({ route }: { readonly route: LaterRoute }) {
  switch (route.screen) {
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
  }
}
