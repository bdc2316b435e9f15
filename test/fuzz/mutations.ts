import fc from 'fast-check';

/** Values that programs trip over. */
export const awkward: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    '',
    ' ',
    '0',
    0,
    -0,
    -1,
    1,
    1e21,
    0.1,
    NaN,
    Infinity,
    2 ** 53,
    true,
    [],
    {},
    '__proto__',
    'constructor',
    '\u0000',
    '\r\n',
    '\u001b[31m',
    '\ud800',
    '=1+1',
    '<script>',
    '20260301120000',
    '20260231120000',
    'SUCCESS',
    'FAIL',
    'x'.repeat(5_000),
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.integer(),
  fc.jsonValue({ maxDepth: 3 }),
);

type Mutation =
  | { readonly kind: 'set'; readonly at: number; readonly value: unknown }
  | { readonly kind: 'drop'; readonly at: number }
  | { readonly kind: 'snake'; readonly at: number; readonly value: unknown }
  | { readonly kind: 'add'; readonly key: string; readonly value: unknown }
  | { readonly kind: 'nest'; readonly at: number; readonly depth: number }
  | { readonly kind: 'poison'; readonly text: string };

const at = fc.nat({ max: 40 });
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at, value: awkward }),
  fc.record({ kind: fc.constant('drop' as const), at }),
  fc.record({ kind: fc.constant('snake' as const), at, value: awkward }),
  fc.record({
    kind: fc.constant('add' as const),
    key: fc.oneof(
      fc.constantFrom(
        'outRefundNo',
        'refundId',
        'refundStatus',
        'userInfo',
        'toString',
        'hasOwnProperty',
        'then',
      ),
      fc.string({ maxLength: 12 }),
    ),
    value: awkward,
  }),
  fc.record({
    kind: fc.constant('nest' as const),
    at,
    depth: fc.oneof(
      { weight: 60, arbitrary: fc.constantFrom(1, 3, 10, 100) },
      { weight: 1, arbitrary: fc.constant(20_000) },
    ),
  }),
  fc.record({
    kind: fc.constant('poison' as const),
    text: fc.constantFrom(
      '{"__proto__":{"polluted":1}}',
      '{"constructor":{"prototype":{"polluted":1}}}',
      '{"__proto__":null}',
    ),
  }),
);

/** One of these objects, changed in up to five places as a stranger might. */
export function mutated(samples: readonly object[]): fc.Arbitrary<object> {
  return fc
    .tuple(fc.constantFrom(...samples), fc.array(mutation, { maxLength: 5 }))
    .map(([sample, mutations]) => mutations.reduce<object>(change, { ...sample }));
}

function change(of: object, one: Mutation): object {
  const keys = Object.keys(of);
  switch (one.kind) {
    case 'set':
      return { ...of, [keyAt(keys, one.at)]: one.value };
    case 'drop':
      return Object.fromEntries(Object.entries(of).filter(([key]) => key !== keyAt(keys, one.at)));
    case 'snake': {
      const snake = keyAt(keys, one.at).replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return { ...of, [snake]: one.value };
    }
    case 'add':
      return { ...of, [one.key]: one.value };
    case 'nest': {
      let value: unknown = 'deep';
      for (let depth = 0; depth < one.depth; depth += 1) value = depth % 2 === 0 ? [value] : { value };
      return { ...of, [keyAt(keys, one.at)]: value };
    }
    case 'poison': {
      // As `JSON.parse` makes it: `__proto__` is a field of its own here.
      const begin = jsonOf(of).slice(0, -1);
      const parsed: unknown = JSON.parse(`${begin}${begin === '{' ? '' : ','}${one.text.slice(1)}`);
      return typeof parsed === 'object' && parsed !== null ? parsed : of;
    }
  }
}

function keyAt(keys: readonly string[], index: number): string {
  return keys[index % Math.max(1, keys.length)] ?? 'outTradeNo';
}

/** The JSON of an object; `{}` where JSON cannot hold it, as when it is nested beyond the stack. */
export function jsonOf(of: object): string {
  try {
    return JSON.stringify(of);
  } catch {
    return '{}';
  }
}

/**
 * Cyclic, with getters, with proxies: impossible in JSON, but a handler may still be called with
 * it.
 */
export const notJson: fc.Arbitrary<unknown> = fc
  .constantFrom<() => unknown>(
    () => {
      const cyclic: Record<string, unknown> = { outTradeNo: 'T1' };
      cyclic['self'] = cyclic;
      return cyclic;
    },
    () => ({
      get outTradeNo() {
        throw new Error('a getter that throws');
      },
    }),
    () => ({ toJSON: () => ({ toJSON: 1 }) }),
    () => ({
      toJSON() {
        throw new Error('no JSON of me');
      },
    }),
    () => ({ totalFee: 10n }),
    () => () => 1,
    () => Symbol('event'),
    () => new Proxy({}, { get: () => 'SUCCESS', has: () => true }),
    () =>
      new Proxy(
        {},
        {
          getOwnPropertyDescriptor: () => {
            throw new Error('a trap');
          },
        },
      ),
    () => Object.create(null),
    () => new Map([['outTradeNo', 'T1']]),
    () => Buffer.from('{}'),
    () => new Date(NaN),
  )
  .map((make) => make());
