import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { OpsAction } from '../../lib/ops/actions';
import type { Unreadable } from '../../lib/model/unreadable';
import { BULK_ACTIONS, type BulkAction, type BulkFilter } from '../../lib/ops/bulk/bulk-api';
import type { CsvCell } from '../../lib/values/csv';
import type { Failure } from '../api/client';
import type { Words } from '../language/en';
import type { Route } from '../route';
import { useSession } from '../session';
import { ActDialog, type PlannedAction } from './dialogs/act-dialog';
import { BulkDialog } from './dialogs/bulk-dialog';
import { UnreadableItems } from './unreadable';
import { Empty, Go, Pending, Trouble, Waiting } from './parts';

/** One column of a list: its cell, and its value in a spreadsheet. */
export interface ListColumn<Item> {
  readonly id: keyof Words['column'];
  readonly kind?: 'number' | 'code';
  /** Only in a spreadsheet; the table shows it in another column. */
  readonly csvOnly?: true;
  readonly cell: (item: Item) => ComponentChildren;
  readonly csv: (item: Item) => CsvCell;
}

/**
 * A page of items as a table. The first column links to the item; allowed actions apply to all
 * selected items.
 */
export function List<Item>({
  columns,
  page,
  failure,
  waiting,
  nameOf,
  routeOf,
  actionsOf = () => [],
  nextRoute,
  firstRoute,
  empty,
  bulk = null,
}: {
  readonly columns: readonly ListColumn<Item>[];
  readonly page: {
    readonly items: readonly Item[];
    readonly next: string | null;
    /** What of the page cannot be read; absent in lists that cannot say. */
    readonly unreadable?: readonly Unreadable[];
  } | null;
  readonly failure: Failure | null;
  readonly waiting: boolean;
  readonly nameOf: (item: Item) => string;
  readonly routeOf: (item: Item) => Route | null;
  /** The allowed actions; absent in lists without any. */
  readonly actionsOf?: (item: Item) => readonly OpsAction[];
  readonly nextRoute: (after: string) => Route;
  /** The first page; null on the first page. */
  readonly firstRoute: Route | null;
  readonly empty: readonly string[];
  /** The filter of this list, where actions may be taken on all that it lists; otherwise null. */
  readonly bulk?: BulkFilter | null;
}) {
  const { words } = useSession();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const names = page?.items.map(nameOf).join('\n') ?? '';
  useEffect(() => {
    // Items no longer on the page are not acted on.
    const here = new Set(names.split('\n'));
    setSelected((before) => new Set([...before].filter((name) => here.has(name))));
  }, [names]);
  if (page === null) return <Pending failure={failure} />;
  const { items, next, unreadable = [] } = page;
  const shown = columns.filter(({ csvOnly }) => csvOnly !== true);
  const choosable = items.filter((item) => actionsOf(item).length > 0);
  const all = choosable.length > 0 && choosable.every((item) => selected.has(nameOf(item)));
  const turn = (name: string) => {
    setSelected((before) => {
      const after = new Set(before);
      if (!after.delete(name)) after.add(name);
      return after;
    });
  };
  return (
    <div class="list">
      <Waiting waiting={waiting} />
      {failure === null ? null : <Trouble failure={failure} />}
      <UnreadableItems items={unreadable} />
      {items.length === 0 ? (
        <Empty what={empty} />
      ) : (
        <div class="scroll">
          {choosable.length === 0 ? null : (
            // On a phone, where the table has no head.
            <label class="select-all">
              <input
                type="checkbox"
                checked={all}
                onChange={() => setSelected(all ? new Set() : new Set(choosable.map(nameOf)))}
              />
              {words.table.selectAll}
            </label>
          )}
          <table>
            <thead>
              <tr>
                {choosable.length > 0 ? (
                  <th class="choose" scope="col">
                    <input
                      type="checkbox"
                      aria-label={words.table.selectAll}
                      checked={all}
                      onChange={() => setSelected(all ? new Set() : new Set(choosable.map(nameOf)))}
                    />
                  </th>
                ) : null}
                {shown.map(({ id, kind }) => (
                  <th key={id} scope="col" class={kind}>
                    {words.column[id]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {items.map((item) => {
                const name = nameOf(item);
                return (
                  <tr key={name} data-row class={selected.has(name) ? 'selected' : undefined}>
                    {choosable.length > 0 ? (
                      <td class="choose">
                        {actionsOf(item).length > 0 ? (
                          <label class="tick">
                            <input
                              type="checkbox"
                              aria-label={words.table.select(name)}
                              checked={selected.has(name)}
                              onChange={() => turn(name)}
                            />
                          </label>
                        ) : null}
                      </td>
                    ) : null}
                    {shown.map(({ id, kind, cell }, n) => (
                      <td key={id} class={kind} data-label={words.column[id]}>
                        {n === 0 ? <First route={routeOf(item)}>{cell(item)}</First> : cell(item)}
                      </td>
                    ))}
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      {next !== null || firstRoute !== null ? (
        <nav class="pages">
          {firstRoute === null ? null : <Go to={firstRoute}>{words.table.first}</Go>}
          {next === null ? null : (
            <Go to={nextRoute(next)} class="next-page">
              {words.table.next} →
            </Go>
          )}
        </nav>
      ) : null}
      <BulkBar
        chosen={choosable
          .filter((item) => selected.has(nameOf(item)))
          .map((item) => ({ name: nameOf(item), actions: actionsOf(item) }))}
        // Beyond this page, once all of this page are selected.
        all={all && (next !== null || firstRoute !== null) ? bulk : null}
      />
    </div>
  );
}

function First({ route, children }: { readonly route: Route | null; readonly children: ComponentChildren }) {
  if (route === null) {
    return (
      <span tabIndex={-1} data-row-link>
        {children}
      </span>
    );
  }
  return (
    <Go to={route} data-row-link>
      {children}
    </Go>
  );
}

function BulkBar({
  chosen,
  all,
}: {
  readonly chosen: readonly { readonly name: string; readonly actions: readonly OpsAction[] }[];
  readonly all: BulkFilter | null;
}) {
  const { words } = useSession();
  const [planned, setPlanned] = useState<PlannedAction | null>(null);
  const [planning, setPlanning] = useState<{ action: BulkAction; filter: BulkFilter } | null>(null);
  const actions = [...new Set(chosen.flatMap((one) => one.actions))];
  return (
    <>
      <div
        class={chosen.length > 0 ? 'bulk on' : 'bulk'}
        role="region"
        aria-label={words.table.selected(chosen.length)}
      >
        {chosen.length === 0 ? null : (
          <>
            <strong>{words.table.selected(chosen.length)}</strong>
            {actions.map((action) => {
              const able = chosen.filter((one) => one.actions.includes(action));
              return (
                <button
                  key={action}
                  type="button"
                  title={words.act.applies(able.length, chosen.length)}
                  onClick={() =>
                    setPlanned({ action, names: able.map(({ name }) => name), refundable: null })
                  }
                >
                  {words.action[action]} <span class="number">{able.length}</span>
                </button>
              );
            })}
            {all === null
              ? null
              : BULK_ACTIONS.filter((action) => actions.includes(action)).map((action) => (
                  <button
                    key={`all ${action}`}
                    type="button"
                    onClick={() => setPlanning({ action, filter: all })}
                  >
                    {words.action[action]} <span class="number">{words.bulk.all}</span>
                  </button>
                ))}
          </>
        )}
      </div>
      {/* Outside the bar, which disappears together with the selection. */}
      {planned === null ? null : <ActDialog planned={planned} onClose={() => setPlanned(null)} />}
      {planning === null ? null : <BulkDialog {...planning} onClose={() => setPlanning(null)} />}
    </>
  );
}
