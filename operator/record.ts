import { API_LIMITS } from '../lib/ops/api';
import type { OpsOperations, OpsReply } from '../lib/ops/api';
import type { PageParams } from '../lib/ops/people/people-api';
import type { AuditEntry } from '../lib/model/operators/audit';
import { formatBeijing } from '../lib/values/instant';
import { csvFile } from '../lib/values/sheet';
import type { ExportFormat, RecordAnchor } from './arguments';
import type { Result, Terminal } from './said';
import { said } from './said';
import { rows, time } from './rows';
import { WORDS } from './words';

type Part = OpsOperations['verify_record']['answer'];

/** Checks the whole chain over the audit log, part by part. 1 when something was changed. */
export async function checkRecord(terminal: Terminal, anchor: RecordAnchor | null): Promise<Result> {
  const { client, json, language } = terminal;
  const words = WORDS[language];
  const faults: Part['faults'][number][] = [];
  let head: Part['head'] = null;
  let since: Part['since'] = null;
  let entries = 0;
  let after: Part['next'] = null;
  do {
    const reply: OpsReply<'verify_record'> = await client.ask('verify_record', { after, anchor });
    if (!reply.ok) return said(terminal, reply, () => '');
    head ??= reply.head;
    since = reply.since ?? since;
    entries += reply.entries;
    faults.push(...reply.faults);
    after = reply.next;
  } while (after !== null);
  const code = faults.length === 0 ? 0 : 1;
  if (json)
    return { output: `${JSON.stringify({ ok: code === 0, entries, since, head, faults }, null, 2)}\n`, code };
  const state =
    faults.length > 0
      ? words.recordBroken(faults.length)
      : since === null
        ? words.recordEmpty
        : words.recordWhole(entries, formatBeijing(since, 'YYYY-MM-DD HH:mm'));
  const parts = [
    `${state}\n`,
    ...(faults.length === 0
      ? []
      : [
          rows(
            words,
            faults.map(({ fault, n, entry }) => ({ fault, seal: String(n), entry: entry ?? '' })),
          ),
        ]),
    ...(head === null ? [] : [`${words.recordHead(`${head.n}:${head.hash}`)}\n`]),
  ];
  return { output: parts.join(''), code };
}

/** The whole audit log without sign-ins, newest first: an entry a line. */
export async function exportRecord(terminal: Terminal, format: ExportFormat): Promise<Result> {
  const entries: AuditEntry[] = [];
  let after: string | null = null;
  do {
    const params: PageParams = { after, limit: API_LIMITS.page };
    const reply: OpsReply<'list_audit'> = await terminal.client.ask('list_audit', params);
    if (!reply.ok) return said(terminal, reply, () => '');
    entries.push(...reply.items);
    after = reply.next;
  } while (after !== null);
  return { output: exported(entries, format), code: 0 };
}

function exported(entries: readonly AuditEntry[], format: ExportFormat): string {
  switch (format) {
    case 'csv':
      return csvFile([COLUMNS, ...entries.map(cellsOf)]);
    case 'jsonl':
      return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  }
}

const COLUMNS = [
  'id',
  'at',
  'who',
  'action',
  'kind',
  'name',
  'reason',
  'before',
  'after',
  'outcome',
] as const;

function cellsOf(entry: AuditEntry): readonly string[] {
  const { id, at, who, action, subject, reason, before, after, outcome } = entry;
  const json = (value: unknown) => (value === null ? '' : JSON.stringify(value));
  return [
    id,
    time(at),
    who,
    action,
    subject.kind,
    subject.name,
    reason ?? '',
    json(before),
    json(after),
    outcome,
  ];
}
