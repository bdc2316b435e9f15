import type { Finding } from '../../lib/ops/api';
import type { Language } from '../language';
import { printable } from '../table';

const MARKS = {
  zh: { ok: '正常', warning: '注意', error: '错误', unknown: '未知' },
  en: { ok: 'ok', warning: 'warning', error: 'error', unknown: 'unknown' },
} as const satisfies Record<Language, Record<Finding['level'], string>>;

const WORDS = {
  zh: { fix: '怎么办：', see: '每项检查见 docs/doctor.zh-CN.md' },
  en: { fix: 'fix: ', see: 'docs/doctor.md explains each check' },
} as const satisfies Record<Language, object>;

/** Findings as text: problems first, each with its fix. */
export function findingsText(findings: readonly Finding[], language: Language): string {
  const order: readonly Finding['level'][] = ['error', 'warning', 'unknown', 'ok'];
  const sorted = order.flatMap((level) => findings.filter((one) => one.level === level));
  const words = WORDS[language];
  const lines = sorted.flatMap(({ check, level, what, fix }) => [
    printable(`${MARKS[language][level].padEnd(language === 'zh' ? 4 : 8)} ${check}: ${what}`),
    ...(fix === '' ? [] : [printable(`${' '.repeat(9)}${words.fix}${fix}`)]),
  ]);
  const counts = order
    .map((level) => [MARKS[language][level], findings.filter((one) => one.level === level).length] as const)
    .map(([mark, count]) => `${mark} ${count}`)
    .join(', ');
  return `${[...lines, '', `${counts}. ${words.see}`].join('\n')}\n`;
}

/** True when something is certainly wrong. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === 'error');
}
