import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What turns a text into elements or code. */
const MAKES_HTML =
  /[iI]nnerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|\beval\(|new Function\(/;

it('no page makes HTML of a text', () => {
  const files = execFileSync('git', ['ls-files', 'server', 'console'], { encoding: 'utf8' })
    .split('\n')
    .filter((file) => /\.(js|ts|tsx|html)$/.test(file));
  expect(files).toContain('server/pages/demo.js');
  const texts = files.map((file) => [file, readFileSync(file, 'utf8')] as const);
  expect(texts.filter(([, text]) => MAKES_HTML.test(text)).map(([file]) => file)).toEqual([]);
});
