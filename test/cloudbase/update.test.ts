import fc from 'fast-check';
import { update as mingoUpdate } from 'mingo';
import { applyUpdate } from './database/update';
import { mutableCopy } from './database/documents';

describe('update operators', () => {
  it.each([
    ['$set below a missing parent', {}, { $set: { 'a.b': 1 } }, { a: { b: 1 } }],
    ['$set of a list element', { l: [1] }, { $set: { 'l.2': 3 } }, { l: [1, null, 3] }],
    ['$unset', { a: { b: 1, c: 2 } }, { $unset: { 'a.b': '', 'x.y': '' } }, { a: { c: 2 } }],
    ['$unset of a list element', { l: [1, 2] }, { $unset: { 'l.0': '' } }, { l: [null, 2] }],
    ['$inc and $mul of what is missing', {}, { $inc: { a: 2 }, $mul: { b: 2 } }, { a: 2, b: 0 }],
    ['$min and $max', { a: 5, b: 5 }, { $min: { a: 3, c: 1 }, $max: { b: 3 } }, { a: 3, b: 5, c: 1 }],
    ['$max of dates', { a: new Date(5) }, { $max: { a: new Date(9) } }, { a: new Date(9) }],
    ['$max across types', { a: 'x', b: 5 }, { $max: { a: 9, b: true } }, { a: 'x', b: true }],
    ['$rename', { a: 1 }, { $rename: { a: 'b.c', x: 'y' } }, { b: { c: 1 } }],
    ['$push of one value', {}, { $push: { l: 1 } }, { l: [1] }],
    [
      '$push at a position',
      { l: [1, 4] },
      { $push: { l: { $each: [2, 3], $position: 1 } } },
      { l: [1, 2, 3, 4] },
    ],
    [
      '$push sorted, then cut',
      { l: [{ n: 3 }, { n: 1 }] },
      { $push: { l: { $each: [{ n: 2 }], $sort: { n: 1 }, $slice: -2 } } },
      { l: [{ n: 2 }, { n: 3 }] },
    ],
    [
      '$push sorted across types',
      { l: [new Date(1), true, [1], { b: 1 }, { a: 'x' }] },
      { $push: { l: { $each: ['x', 3, null], $sort: 1 } } },
      { l: [null, 3, 'x', { b: 1 }, { a: 'x' }, [1], true, new Date(1)] },
    ],
    ['$push cut to nothing', { l: [1] }, { $push: { l: { $each: [2], $slice: 0 } } }, { l: [] }],
    [
      '$addToSet of equal objects',
      { l: [{ a: 1 }] },
      { $addToSet: { l: { $each: [{ a: 1 }, 2] } } },
      { l: [{ a: 1 }, 2] },
    ],
    ['$pull of a value', { l: [1, 2, 1] }, { $pull: { l: 1 } }, { l: [2] }],
    ['$pull by condition', { l: [1, 5, 9] }, { $pull: { l: { $gte: 5 } } }, { l: [1] }],
    [
      '$pull of objects by field',
      { l: [{ a: 1, b: 1 }, { a: 2 }, 7] },
      { $pull: { l: { a: 1 } } },
      { l: [{ a: 2 }, 7] },
    ],
    [
      '$pop at both ends',
      { l: [1, 2, 3], m: [1, 2, 3] },
      { $pop: { l: 1, m: -1 } },
      { l: [1, 2], m: [2, 3] },
    ],
  ])('%s', (_what, before, update, after) => {
    expect(applyUpdate(before, update)).toEqual(after);
  });

  it.each([
    [
      'a path below null',
      { a: null },
      { $set: { 'a.b': 1 } },
      "Cannot create field 'b' in element {a: null}",
    ],
    ['a path below a text', { a: 'x' }, { $inc: { 'a.b': 1 } }, "Cannot create field 'b'"],
    ['a name in a list', { l: [] }, { $set: { 'l.name': 1 } }, "Cannot create field 'name'"],
    ['$inc of a text', { a: '1' }, { $inc: { a: 1 } }, 'non-numeric'],
    ['$inc of null', { a: null }, { $inc: { a: 1 } }, 'non-numeric'],
    ['$push to a text', { a: 'x' }, { $push: { a: 1 } }, 'must be an array'],
    ['two operators on one path', {}, { $set: { a: 1 }, $inc: { a: 1 } }, 'conflict'],
    ['two operators on a path and below it', {}, { $set: { a: {}, ab: 1 }, $inc: { 'a.b': 1 } }, 'conflict'],
    ['a change of _id', { _id: 1 }, { $set: { _id: 2 } }, "immutable field '_id'"],
    ['a positional path', { l: [1] }, { $set: { 'l.$': 1 } }, 'does not offer'],
    ['an operator that is not offered', {}, { $setOnInsert: { a: 1 } }, '$setOnInsert'],
    ['a modifier that is not offered', {}, { $push: { l: { $each: [], $other: 1 } } }, '$other'],
    ['no operator at all', {}, { a: 1 }, 'does not offer a'],
  ])('refuse %s', (_what, before, update, problem) => {
    const untouched = mutableCopy(before);
    expect(() => applyUpdate(before, update)).toThrow(problem);
    expect(before).toEqual(untouched);
  });

  /**
   * Only where mingo is known to agree with MongoDB: fields of the right type, no list elements by
   * number, no positions outside the list.
   */
  it('do what mingo does where the two are meant to agree', () => {
    const number = fc.integer({ min: -1_000, max: 1_000 });
    const scalar = fc.oneof(number, fc.constantFrom('a', 'b', ''), fc.boolean());
    const document = fc.record({
      n: number,
      m: number,
      in: fc.record({ x: scalar, y: number }),
      list: fc.array(number, { maxLength: 5 }),
      set: fc.uniqueArray(number, { maxLength: 5 }),
      text: fc.string(),
    });
    const update = fc.record(
      {
        $set: fc.record({ text: scalar, 'in.x': scalar, 'new.deep.er': scalar }, { requiredKeys: [] }),
        $unset: fc.constantFrom({}, { gone: '' }, { also: '' }),
        $inc: fc.record({ n: number, 'in.y': number }, { requiredKeys: [] }),
        $max: fc.record({ m: number }, { requiredKeys: [] }),
        $push: fc.record({
          list: fc.record({
            $each: fc.array(number, { maxLength: 3 }),
            $slice: fc.constantFrom(3, 100, -2, -100),
            $sort: fc.constantFrom(1, -1),
          }),
        }),
        $addToSet: fc.record({ set: fc.record({ $each: fc.array(number, { maxLength: 3 }) }) }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(document, update, (before, change) => {
        const expected: Record<string, unknown> = { ...mutableCopy(before), gone: 1 };
        const given = mutableCopy(expected);
        mingoUpdate<Record<string, unknown>>(expected, change);
        expect(applyUpdate(given, change)).toEqual(expected);
        expect(given).toEqual({ ...before, gone: 1 });
      }),
      { numRuns: 200 },
    );
  });
});
