import { mutantsOf } from './mutate';

const changesOf = (text: string) => mutantsOf('a.ts', text).map((mutant) => mutant.text);

test('a condition is turned around, moved by one, and made always true and false', () => {
  expect(changesOf('if (a < b) f();')).toEqual([
    'if (true) f();',
    'if (false) f();',
    'if (a <= b) f();',
    'if (a < b) ;',
  ]);
});

test('types are left alone', () => {
  expect(changesOf('interface A { readonly b: true }\ntype C = A | false;')).toEqual([]);
});

test('a mutant says where it is', () => {
  const [mutant] = mutantsOf('a.ts', '\n\nconst a = b && c;');
  expect(mutant).toMatchObject({ line: 3, what: '&& became ||' });
});
