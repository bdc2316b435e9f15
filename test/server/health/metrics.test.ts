import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALARM_CAUSES } from '../../../lib/model/alarm';
import { readConfig } from '../../../lib/config/config';
import { StoreError } from '../../../lib/store/errors';
import type { Store } from '../../../lib/store/port';
import { isRecord } from '../../../lib/values/json';
import { later } from '../../../lib/values/instant';
import { createMetrics, SIGN_IN_OUTCOMES } from '../../../server/health/metrics';
import { onStage } from '../../inbox/stage';
import { discrepancy, message, order, START } from '../../store/builders';
import { alarm } from '../../store/operations-builders';

const DOCS = join(__dirname, '..', '..', '..', 'docs');
const settings = readConfig({ merchants: [{ subMchId: '1900000109' }] }).watchdog;

/** A MySQL store after a busy time. */
const COUNTS = { size: 8, used: 3, idle: 2, waiting: 1, conflicts: 4, lost: 5, unknownCommits: 6 };

interface Metric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
}

/** What `/metrics` of a server shows to which all has happened that is counted. */
async function exposed(): Promise<{ readonly text: string; readonly metrics: readonly Metric[] }> {
  let text = '';
  await onStage(async ({ store }) => {
    const metrics = createMetrics(store, { now: () => START }, settings, ['ops-group'], () => COUNTS);
    metrics.notified('stored');
    metrics.answered(0.01);
    for (const outcome of SIGN_IN_OUTCOMES) metrics.signedIn(outcome);
    metrics.workerRan('processInbox', true, 1);
    metrics.spans('exported', 1);
    metrics.simulatorDelivered();
    metrics.logged('message_applied', { outTradeNo: null, path: 'query', paidToKnownMs: 61_000 });
    metrics.logged('alarm_delivered', { outTradeNo: null, target: 'ops-group', cause: 'backlog' });
    metrics.logged('alarm_not_delivered', { outTradeNo: null, target: 'ops-group', cause: 'backlog' });
    metrics.logged('inbox_run', { outTradeNo: null });
    text = await metrics.text();
  });
  return { text, metrics: read(text) };
}

function read(text: string): readonly Metric[] {
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return types.map(([, name = '', type = '']) => {
    const isOfIt = new RegExp(`^${name}(_bucket|_sum|_count)?[{ ]`);
    const lines = text.split('\n').filter((line) => isOfIt.test(line));
    const labels = lines.flatMap((line) => [...line.matchAll(/(\w+)="/g)].map(([, label = '']) => label));
    return { name, type, labels: [...new Set(labels)].filter((label) => label !== 'le').sort() };
  });
}

/** The names in an expression, without what a histogram adds to its name. */
const namesIn = (expression: string): readonly string[] =>
  [...expression.matchAll(/wxpay_inbox_[a-z0-9_]+/g)].map(([name]) =>
    name.replace(/_(bucket|count|sum)$/, ''),
  );

test.each(['metrics.md', 'metrics.zh-CN.md'])(
  'docs/%s lists what /metrics exposes, no more and no less',
  async (page) => {
    const documented = readFileSync(join(DOCS, page), 'utf8');
    const rows = [...documented.matchAll(/^\| `(wxpay_inbox_\w+)` \| (\w+) \|([^|]*)\|[^|]*\| [^|]+ \|$/gm)];
    const table = rows.map(([, name = '', type = '', labels = '']) => ({
      name,
      type,
      labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label).sort(),
    }));
    const { metrics } = await exposed();
    const byName = (a: Metric, b: Metric) => a.name.localeCompare(b.name);
    expect([...table].sort(byName)).toEqual([...metrics].sort(byName));
  },
);

test('shows what the connections to MySQL do, and how often they failed', async () => {
  const { text } = await exposed();
  const lines = text.split('\n').filter((line) => line.startsWith('wxpay_inbox_database_'));
  expect(lines).toEqual([
    'wxpay_inbox_database_connections{state="used"} 3',
    'wxpay_inbox_database_connections{state="idle"} 2',
    'wxpay_inbox_database_connections_limit 8',
    'wxpay_inbox_database_calls_waiting 1',
    'wxpay_inbox_database_conflicts_total 4',
    'wxpay_inbox_database_connections_lost_total 5',
    'wxpay_inbox_database_unknown_commits_total 6',
  ]);
});

const RULES = readFileSync(join(DOCS, 'rules.yml'), 'utf8');

test('docs/rules.yml has a rule for each alarm, with a wait, over names and label values that exist', async () => {
  const rules = RULES.split(/^ +- alert: /m).slice(1);
  const causes = rules.map((rule) => /cause: (\w+)/.exec(rule)?.[1]);
  expect(ALARM_CAUSES.filter((cause) => !causes.includes(cause))).toEqual([]);
  expect(rules.filter((rule) => !/^ +for: \d+m$/m.test(rule))).toEqual([]);
  const { metrics, text } = await exposed();
  const known = new Set(metrics.map(({ name }) => name));
  for (const rule of rules) {
    const [, expr = ''] = /expr: '(.+)'/.exec(rule) ?? [];
    expect(namesIn(expr).filter((name) => !known.has(name))).toEqual([]);
    for (const [, label = '', value = ''] of expr.matchAll(/(\w+)="([^"]+)"/g)) {
      if (label !== 'job') expect(text).toContain(`${label}="${value}"`);
    }
    // Each server of several is named.
    if (expr.includes('wxpay_inbox_')) expect(expr).toContain('by (instance');
  }
});

const promtool = spawnSync('promtool', ['--version']).error === undefined;
if (!promtool) console.warn('no promtool on this machine: firing and clearing of the rules is not played');

(promtool ? test : test.skip)('each rule fires and clears, as promtool plays it', () => {
  const cases = ['rules-test.yml', 'objectives-test.yml'].map((file) =>
    join(__dirname, '..', '..', 'rules', file),
  );
  const alerts = [...RULES.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);
  const played = cases.map((file) => readFileSync(file, 'utf8')).join('');
  for (const expected of ['\n          - exp_labels:', ' []\n']) {
    const isPlayed = (name: string) =>
      played.includes(`        alertname: ${name}\n        exp_alerts:${expected}`);
    expect(alerts.filter((name) => !isPlayed(name))).toEqual([]);
  }
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', ...cases], { encoding: 'utf8' });
  expect([status, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining('SUCCESS')]);
});

test('every series of a counter starts at zero, so that the first event is an increase', () =>
  onStage(async ({ store }) => {
    const text = await createMetrics(store, { now: () => START }, settings, ['ops-group']).text();
    for (const line of [
      'wxpay_inbox_worker_runs_total{worker="watchdog",outcome="done"} 0',
      'wxpay_inbox_worker_runs_total{worker="retain",outcome="broke_off"} 0',
      'wxpay_inbox_notifications_total{result="not_stored"} 0',
      'wxpay_inbox_alarm_deliveries_total{target="ops-group",outcome="failed"} 0',
      'wxpay_inbox_paid_to_known_seconds_count{path="query"} 0',
      'wxpay_inbox_dead_letters_recent 0',
    ]) {
      expect(text).toContain(`\n${line}\n`);
    }
  }));

test('the dashboard is whole, and asks for nothing that is not exposed', async () => {
  const dashboard: unknown = JSON.parse(readFileSync(join(DOCS, 'grafana', 'wxpay-inbox.json'), 'utf8'));
  if (!isRecord(dashboard) || !Array.isArray(dashboard['panels'])) throw new Error('it is no dashboard');
  const panels = dashboard['panels'].filter(isRecord);
  const { metrics } = await exposed();
  const asked = panels.flatMap((panel) => {
    const targets = Array.isArray(panel['targets']) ? panel['targets'].filter(isRecord) : [];
    expect(targets.length).toBeGreaterThan(0);
    expect(typeof panel['title']).toBe('string');
    return targets.map(({ expr }) => String(expr));
  });
  const names = new Set(asked.flatMap(namesIn));
  const known = metrics.map(({ name }) => name);
  expect([...names].filter((name) => !known.includes(name))).toEqual([]);
  const labelsOf = new Map<string, readonly string[]>(
    metrics.map(({ name, labels }) => [name, [...labels, 'instance', 'le']]),
  );
  const selected = asked.flatMap((expr) => [...expr.matchAll(/(wxpay_inbox_\w+)\{([^}]*)\}/g)]);
  const unknown = selected.flatMap(([, metric = '', selector = '']) => {
    const known = labelsOf.get(namesIn(metric)[0] ?? '') ?? [];
    const labels = [...selector.matchAll(/(\w+)=/g)].map(([, label = '']) => label);
    return labels.filter((label) => !known.includes(label)).map((label) => `${metric} has no ${label}`);
  });
  expect(unknown).toEqual([]);
  // All that is exposed is on it, but for what only this machine's simulator does.
  expect(known.filter((name) => !names.has(name))).toEqual(['wxpay_inbox_simulator_deliveries_total']);
  expect(asked.filter((expr) => !balanced(expr))).toEqual([]);
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(overlapping(panels)).toEqual([]);
});

test('states are read from the store, at most once in five seconds however many ask', () =>
  onStage(async ({ store }) => {
    let now = START;
    let readings = 0;
    const counting: Store = {
      ...store,
      inbox: { ...store.inbox, backlog: (at) => ((readings += 1), store.inbox.backlog(at)) },
    };
    const metrics = createMetrics(counting, { now: () => now }, settings, []);
    const texts = await Promise.all([metrics.text(), metrics.text(), metrics.text()]);
    expect(readings).toBe(1);
    expect(texts[0]).toContain('wxpay_inbox_messages{state="pending",trust="platform"} 0');
    await store.inbox.record(message(1, { receivedAt: now }));
    await store.orders.create(order(1, { createdAt: later(now, -86_400_000) }));
    await store.discrepancies.see([discrepancy(1, later(now, -86_400_000))]);
    await store.alarms.save(alarm('backlog', { level: 70 }));
    now = later(now, 4_999);
    expect(await metrics.text()).toContain('wxpay_inbox_messages{state="pending",trust="platform"} 0');
    now = later(now, 1);
    const text = await metrics.text();
    expect(readings).toBe(2);
    for (const line of [
      'wxpay_inbox_messages{state="pending",trust="platform"} 1',
      'wxpay_inbox_oldest_due_seconds 5',
      'wxpay_inbox_orders{aspect="payment",state="pending"} 1',
      'wxpay_inbox_orders_late{kind="unknown"} 1',
      'wxpay_inbox_open_discrepancies{class="amount_mismatch"} 1',
      'wxpay_inbox_open_discrepancies{class="missing_order"} 0',
      'wxpay_inbox_alarm_level{cause="backlog"} 70',
      'wxpay_inbox_alarm_level{cause="dead_letters"} 0',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
  }));

test('a reading that failed is not kept', () =>
  onStage(async ({ store }) => {
    let isAway = true;
    const away: Store = {
      ...store,
      inbox: {
        ...store.inbox,
        backlog: async (at) => {
          if (isAway) throw new StoreError('unavailable', 'the database is away');
          return store.inbox.backlog(at);
        },
      },
    };
    const metrics = createMetrics(away, { now: () => START }, settings, ['ops-group']);
    await expect(metrics.text()).rejects.toThrow('the database is away');
    isAway = false;
    expect(await metrics.text()).toContain('wxpay_inbox_messages');
  }));

/** True when every bracket of an expression is closed. */
function balanced(expression: string): boolean {
  const open: string[] = [];
  for (const mark of expression.replace(/"[^"]*"/g, '')) {
    if ('([{'.includes(mark)) open.push(mark);
    else if (')]}'.includes(mark) && open.pop() !== { ')': '(', ']': '[', '}': '{' }[mark]) return false;
  }
  return open.length === 0;
}

/** The titles of panels that lie on another. */
function overlapping(panels: readonly Readonly<Record<string, unknown>>[]): readonly unknown[] {
  const taken = new Set<string>();
  return panels.flatMap(({ title, gridPos }) => {
    const at = (name: string): number => (isRecord(gridPos) ? Number(gridPos[name]) : Number.NaN);
    for (let x = at('x'); x < at('x') + at('w'); x += 1) {
      for (let y = at('y'); y < at('y') + at('h'); y += 1) {
        if (x >= 24 || taken.has(`${x},${y}`)) return [title];
        taken.add(`${x},${y}`);
      }
    }
    return [];
  });
}
