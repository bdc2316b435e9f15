import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CODES } from '../../scripts/build/api/language/codes';
import { API } from '../../scripts/build/api/language/functions';
import { apiPage } from '../../scripts/build/api/page';
import { refusalsIn, refusalsOf } from '../../scripts/build/api/refusals';

test.each([
  ['en', 'docs/api.md'],
  ['zh', 'docs/api.zh-CN.md'],
] as const)('the page in %s is what the code says (npm run build writes it)', (language, file) => {
  expect(readFileSync(file, 'utf8')).toBe(apiPage(language));
});

test('every file that refuses a call belongs to a function of the page', () => {
  const listed = new Set(Object.values(API).flatMap(({ refusedBy }) => refusedBy));
  const files = ['lib/orders', 'lib/refunds'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
  const refusing = files.filter((file) => refusalsIn(readFileSync(file, 'utf8')).length > 0);
  expect(refusing.sort()).toEqual([...listed].sort());
});

test('every code is refused by a function of the page', () => {
  const refused = Object.values(API).flatMap(({ refusedBy }) =>
    refusalsOf(refusedBy).map(({ code }) => code),
  );
  expect([...new Set([...refused, 'INTERNAL'])].sort()).toEqual(Object.keys(CODES).sort());
});

test('a payer is told something for every code of a function that payers call', () => {
  const names = ['createOrder', 'queryOrder', 'closeOrder', 'queryRefund'] as const;
  const codes = names.flatMap((name) => refusalsOf(API[name].refusedBy).map(({ code }) => code));
  expect(codes.filter((code) => CODES[code].payer === null)).toEqual([]);
});
