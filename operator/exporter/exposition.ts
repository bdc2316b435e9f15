import type { OpsOperations } from '../../lib/ops/api';
import { ALARM_CAUSES } from '../../lib/model/alarm';
import { DISCREPANCY_CLASSES } from '../../lib/model/discrepancy';

/** The answer of the operation `overview`. */
export type Overview = OpsOperations['overview']['answer'];

/** One series of a metric: the values of its labels, and its own. Labels are words of ours. */
interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * What an overview holds as Prometheus text, under the names that a server has, so that the same
 * rules and dashboards read both (docs/metrics.md). Pure.
 */
export function exposition({ figures, late, alarms }: Overview): string {
  const { unverified = { pending: 0, dead: 0 } } = figures;
  const levels = new Map(alarms.map(({ cause, level }) => [cause, level]));
  return [
    gauge('wxpay_inbox_messages', [
      { labels: { state: 'pending', trust: 'platform' }, value: figures.pending },
      { labels: { state: 'dead', trust: 'platform' }, value: figures.dead },
      { labels: { state: 'pending', trust: 'unverified' }, value: unverified.pending },
      { labels: { state: 'dead', trust: 'unverified' }, value: unverified.dead },
    ]),
    gauge('wxpay_inbox_messages_claimed_alone', [{ labels: {}, value: figures.alone ?? 0 }]),
    gauge('wxpay_inbox_oldest_due_seconds', [{ labels: {}, value: figures.oldestDueMs / 1000 }]),
    gauge('wxpay_inbox_orders', [
      ...counted(figures.orders.payment, 'state', { aspect: 'payment' }),
      ...counted(figures.orders.fulfilment, 'state', { aspect: 'fulfilment' }),
    ]),
    gauge('wxpay_inbox_orders_late', counted(late, 'kind')),
    gauge('wxpay_inbox_refunds', counted(figures.refunds, 'state')),
    gauge(
      'wxpay_inbox_open_discrepancies',
      DISCREPANCY_CLASSES.map((discrepancyClass) => ({
        labels: { class: discrepancyClass },
        value: figures.openDiscrepancies[discrepancyClass] ?? 0,
      })),
    ),
    gauge(
      'wxpay_inbox_alarm_level',
      ALARM_CAUSES.map((cause) => ({ labels: { cause }, value: levels.get(cause) ?? 0 })),
    ),
  ].join('');
}

/** Whether `ops` answered the latest call of the exporter. */
export function answered(value: 0 | 1): string {
  return gauge('wxpay_inbox_exporter_up', [{ labels: {}, value }]);
}

function counted(
  counts: Readonly<Record<string, number>>,
  label: string,
  more: Sample['labels'] = {},
): readonly Sample[] {
  return Object.entries(counts).map(([name, value]) => ({ labels: { ...more, [label]: name }, value }));
}

function gauge(name: string, samples: readonly Sample[]): string {
  const lines = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
    return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`;
  });
  return `# TYPE ${name} gauge\n${lines.join('')}`;
}
