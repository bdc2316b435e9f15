import { SIGN_INS } from '../../lib/ops/api';
import { API_LIMITS } from '../../lib/ops/api';
import { useAsk } from '../api/use-ask';
import type { Route } from '../route';
import { useSession } from '../session';
import { subjectRoute, useAuditColumns } from '../view/audit-columns';
import { ExportList } from '../view/export';
import { List } from '../view/list';
import { Code, Go } from '../view/parts';

/** The audit log, the latest first. */
export function Audit({ route }: { readonly route: Extract<Route, { screen: 'audit' }> }) {
  const { words, client, overview } = useSession();
  const { answer, failure, waiting } = useAsk('list_audit', { subject: route.subject, after: route.after });
  const columns = useAuditColumns();
  return (
    <>
      <div class="bar">
        <h1>{words.place.audit}</h1>
        {route.subject === null && overview.may.includes('see_sign_ins') ? (
          <p class="about">
            <Go to={{ screen: 'audit', subject: SIGN_INS, after: null }}>{words.people.signInLog}</Go>
          </p>
        ) : null}
        {route.subject === null ? null : (
          <p class="about">
            {words.filter.subject} <Code>{route.subject}</Code>{' '}
            <Go to={{ screen: 'audit', subject: null, after: null }}>{words.filter.clear}</Go>
          </p>
        )}
        <div class="tools">
          <ExportList
            name="record"
            columns={columns}
            read={async (after) => {
              const outcome = await client.ask('list_audit', {
                subject: route.subject,
                after,
                limit: API_LIMITS.page,
              });
              return outcome.ok ? { ok: true, ...outcome.answer } : outcome;
            }}
          />
        </div>
      </div>
      <List
        columns={columns}
        page={answer}
        failure={failure}
        waiting={waiting}
        nameOf={({ id }) => id}
        routeOf={({ subject }) => subjectRoute(subject)}
        nextRoute={(after) => ({ ...route, after })}
        firstRoute={route.after === null ? null : { ...route, after: null }}
        empty={words.table.empty.audit}
      />
    </>
  );
}
