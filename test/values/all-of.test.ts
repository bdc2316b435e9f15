import { z } from 'zod';
import { readsAll } from '../../lib/store/cloudbase/base/documents';
import { allOf } from '../../lib/values/all-of';
import { recordOf } from '../../lib/values/record-of';

type Colour = 'red' | 'green' | 'blue';
type Shape = { readonly kind: 'dot' } | { readonly kind: 'line'; readonly length: number };

const dot = z.object({ kind: z.literal('dot') });
const line = z.object({ kind: z.literal('line'), length: z.number() });

/*
 * What must not compile is said here, for the type check to hold: it fails where one of these does.
 */
describe('what names every word of a union', () => {
  it('is a list in the order given, and misses none', () => {
    expect(allOf<Colour>()('blue', 'red', 'green')).toEqual(['blue', 'red', 'green']);
    // @ts-expect-error: green is missing
    expect(allOf<Colour>()('blue', 'red')).toHaveLength(2);
    // @ts-expect-error: there is no such colour
    expect(allOf<Colour>()('blue', 'red', 'green', 'mauve')).toHaveLength(4);
  });

  it('is a schema that reads every kind that can be written', () => {
    const shapes = readsAll<Shape, 'kind'>()(z.discriminatedUnion('kind', [dot, line]));
    expect(shapes.parse({ kind: 'line', length: 2 })).toEqual({ kind: 'line', length: 2 });
    // @ts-expect-error: a line could be stored, and not read back
    const dots = readsAll<Shape, 'kind'>()(z.discriminatedUnion('kind', [dot]));
    expect(dots.safeParse({ kind: 'line', length: 2 }).success).toBe(false);
  });

  it('is a record with an entry for each', () => {
    const lengths = recordOf(['red', 'green'], (colour) => colour.length);
    expect(Object.entries(lengths)).toEqual([
      ['red', 3],
      ['green', 5],
    ]);
    // @ts-expect-error: there is no entry for blue
    expect(lengths.blue).toBeUndefined();
  });
});
