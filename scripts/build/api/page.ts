import { CODES } from './language/codes';
import type { ApiFunction, Field, Text } from './language/functions';
import { API } from './language/functions';
import { refusalsOf } from './refusals';

/** The languages of the page. */
export type PageLanguage = keyof Text;

/** The texts around the tables. */
const WORDS = {
  title: { en: '# Functions and their answers', zh: '# 函数与返回' },
  other: { en: '[中文](api.zh-CN.md)', zh: '[English](api.md)' },
  made: {
    en: '`npm run build` writes this page from the code. `examples/miniprogram` calls all that a mini program needs.',
    zh: '本页由 `npm run build` 根据代码生成。小程序所需的调用都可参见 `examples/miniprogram`。',
  },
  ways: {
    en: 'On cloud development: `wx.cloud.callFunction({ name, data })`; the answer is `result`. On a server: `POST /functions/<name>` with JSON; the answer is the body, and the payer logs in first (below).',
    zh: '云开发：`wx.cloud.callFunction({ name, data })`，返回在 `result` 中。服务器：`POST /functions/<name>`，JSON 格式，返回即响应体；付款人需先登录（见下文）。',
  },
  answers: {
    en: 'Every answer has `ok`. `true`: the fields of the tables. `false`: `code`, `message` for developers in English, and `retry`. `retry: true` means that the same call, with the same `requestId`, may succeed later. An error of the call itself (time-out, no network) means that nothing is known: repeat the same call.',
    zh: '每个返回都有 `ok`。`true`：见各表中的字段。`false`：含 `code`、供开发者阅读的英文 `message` 和 `retry`。`retry: true` 表示稍后用相同的 `requestId` 重复同样的调用可能成功。调用本身出错（超时、无网络）表示结果未知：请重复同样的调用。',
  },
  shown: {
    en: 'Decide by `code`, never by `message`. What the payer is shown is a suggestion; a dash: a payer never gets this code.',
    zh: '请根据 `code` 判断，不要根据 `message`。展示给付款人的文字仅供参考；“—”表示付款人不会遇到。',
  },
  caller: { en: '**Called by** ', zh: '**调用方**：' },
  input: { en: '| input | type | meaning |', zh: '| 参数 | 类型 | 含义 |' },
  answer: { en: '| answer | type | meaning |', zh: '| 返回 | 类型 | 含义 |' },
  codes: { en: '| code | retry | meaning | show the payer |', zh: '| 代码 | 可重试 | 含义 | 展示给付款人 |' },
  yes: { en: 'yes', zh: '是' },
  login: {
    en: `## Logging in on a server

\`POST /functions/login\` with \`{"code": "…"}\` from \`wx.login\` answers \`{"ok": true, "token": "…", "expiresAt": …}\`. Send \`Authorization: Bearer <token>\` with every call; it lasts two hours. 401 \`LOGIN_REFUSED\`: call \`wx.login\` again. 503 \`LOGIN_UNKNOWN\`: try again. 404 \`LOGIN_OFF\`: \`server.loginAppId\` is not set.`,
    zh: `## 在服务器上登录

把 \`wx.login\` 得到的 code 以 \`{"code": "…"}\` 发送到 \`POST /functions/login\`，返回 \`{"ok": true, "token": "…", "expiresAt": …}\`。之后每次调用都带上 \`Authorization: Bearer <token>\`，有效期两小时。401 \`LOGIN_REFUSED\`：请重新调用 \`wx.login\`。503 \`LOGIN_UNKNOWN\`：请重试。404 \`LOGIN_OFF\`：未设置 \`server.loginAppId\`。`,
  },
} as const satisfies Readonly<Record<string, Text>>;

const TYPES_ZH: readonly (readonly [RegExp, string])[] = [
  [/ or null$/, '或 null'],
  [/^string/, '字符串'],
  [/^number/, '数字'],
  [/^object/, '对象'],
  [/^array/, '数组'],
];

/** The text of docs/api.md or its Chinese twin. */
export function apiPage(language: PageLanguage): string {
  const { title, other, made, ways, answers, shown, login } = WORDS;
  const parts = [
    ...[title, other, made, ways, answers, shown].map((text) => text[language]),
    ...Object.entries(API).map(([name, described]) => functionPart(name, described, language)),
    login[language],
  ];
  return `${parts.join('\n\n')}\n`;
}

function functionPart(name: string, described: ApiFunction, language: PageLanguage): string {
  const { caller, input, answer, codes } = WORDS;
  const stop = language === 'en' ? '.' : '。';
  const own = refusalsOf(described.refusedBy).filter(({ code }) => code !== 'INTERNAL');
  const refusals = [...own, { code: 'INTERNAL', retry: true } as const];
  return [
    `## ${name}`,
    described.does[language],
    `${caller[language]}${described.caller[language]}${stop}`,
    [input[language], '|---|---|---|', ...described.input.map((field) => fieldRow(field, language))].join(
      '\n',
    ),
    [answer[language], '|---|---|---|', ...described.answer.map((field) => fieldRow(field, language))].join(
      '\n',
    ),
    described.then[language],
    [
      codes[language],
      '|---|---|---|---|',
      ...refusals.map(({ code, retry }) => {
        const { means, payer } = CODES[code];
        return `| \`${code}\` | ${retry ? WORDS.yes[language] : ''} | ${means[language]} | ${payer?.[language] ?? '—'} |`;
      }),
    ].join('\n'),
  ].join('\n\n');
}

function fieldRow({ name, type, says }: Field, language: PageLanguage): string {
  const typed =
    language === 'en'
      ? type
      : TYPES_ZH.reduce((text, [pattern, chinese]) => text.replace(pattern, chinese), type);
  return `| \`${name}\` | ${typed} | ${says[language]} |`;
}
