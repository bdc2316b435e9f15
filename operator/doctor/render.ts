import type { Finding } from '../../lib/ops/api';
import { findingInChinese } from '../../lib/ops/check-words';
import type { Language } from '../../lib/values/language';
import { printable } from '../table';

const MARKS = {
  zh: { ok: '正常', warning: '注意', error: '错误', unknown: '未知' },
  en: { ok: 'ok', warning: 'warning', error: 'error', unknown: 'unknown' },
} as const satisfies Record<Language, Record<Finding['level'], string>>;

const WORDS = {
  zh: { colon: '：', fix: '处理方法：', see: '每项检查见 docs/doctor.zh-CN.md' },
  en: { colon: ': ', fix: 'fix: ', see: 'docs/doctor.md explains each check' },
} as const satisfies Record<Language, object>;

/** Findings as text: problems first, each with its fix. */
export function findingsText(findings: readonly Finding[], language: Language): string {
  const order: readonly Finding['level'][] = ['error', 'warning', 'unknown', 'ok'];
  const sorted = order.flatMap((level) => findings.filter((one) => one.level === level));
  const words = WORDS[language];
  const lines = sorted.flatMap(({ check, level, what, fix }) => {
    const chinese = language === 'zh' ? findingInChinese({ check, level }) : null;
    const name = chinese === null ? check : `${chinese.name} ${check}`;
    const remedy = fix === '' ? '' : (chinese?.fix ?? fix);
    // In Chinese, the server's own sentence follows: it quotes settings and answers.
    const quoted = chinese === null ? '' : fix === '' ? what : `${what}: ${fix}`;
    return [
      printable(
        `${MARKS[language][level].padEnd(language === 'zh' ? 4 : 8)} ${name}${words.colon}${chinese?.what ?? what}`,
      ),
      ...(remedy === '' ? [] : [printable(`${' '.repeat(9)}${words.fix}${remedy}`)]),
      ...(quoted === '' ? [] : [printable(`${' '.repeat(9)}${quoted}`)]),
    ];
  });
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
