import fc from 'fast-check';
import { Query } from 'mingo';
import { compileQuery } from './database/query';
import { isDocument, type Document } from './database/documents';
import { select } from './database/selection';

/*
 * Conditions and projections are answered without mingo where only scalars and objects are met.
 * Here both answer the same.
 */

const scalar = fc.constantFrom<unknown>(null, true, false, -1, 0, 1, 2.5, '', 'a', 'b', '1');
const value = fc.oneof(
  { weight: 6, arbitrary: scalar },
  fc.array(scalar, { maxLength: 2 }),
  fc.constant(new Date(5)),
);
const nested = fc.oneof(
  { weight: 2, arbitrary: value },
  fc.dictionary(fc.constantFrom('x', 'y', '0'), value, { maxKeys: 3, noNullPrototype: true }),
  fc.array(fc.dictionary(fc.constantFrom('x', 'y'), value, { maxKeys: 2, noNullPrototype: true }), {
    maxLength: 2,
  }),
);
const document: fc.Arbitrary<Document> = fc.dictionary(fc.constantFrom('_id', 'a', 'b', 'c'), nested, {
  noNullPrototype: true,
});
const objectPath = fc.constantFrom('_id', 'a', 'b', 'c', 'a.x', 'a.y', 'b.x', 'c.x.y');
const path = fc.oneof({ weight: 8, arbitrary: objectPath }, fc.constant('b.0'));

const order = fc.constantFrom('$gt', '$gte', '$lt', '$lte');
const comparison = fc.oneof(
  fc.tuple(fc.constantFrom('$eq', '$ne'), value),
  fc.tuple(order, scalar),
  fc.tuple(fc.constantFrom('$in', '$nin'), fc.array(value, { maxLength: 3 })),
  fc.tuple(fc.constant('$exists'), fc.boolean()),
);
const operators = fc.array(comparison, { minLength: 1, maxLength: 2 }).map((all) => Object.fromEntries(all));
const onField = fc.oneof(
  { weight: 2, arbitrary: value },
  { weight: 4, arbitrary: operators },
  operators.map(($not) => ({ $not })),
);
const fields: fc.Arbitrary<Document> = fc.dictionary(path, onField, { maxKeys: 3, noNullPrototype: true });
const condition = fc.oneof(
  { weight: 3, arbitrary: fields },
  fc
    .tuple(fields, fc.constantFrom('$and', '$or', '$nor'), fc.array(fields, { minLength: 1, maxLength: 3 }))
    .map(([all, junction, parts]): Document => ({ ...all, [junction]: parts })),
);

describe('what is answered without mingo', () => {
  it('meets the conditions that mingo meets', () => {
    fc.assert(
      fc.property(condition, fc.array(document, { minLength: 1, maxLength: 6 }), (asked, documents) => {
        const query = compileQuery(asked);
        const mingo = new Query(asked);
        expect(documents.map((one) => query.test(one))).toEqual(documents.map((one) => mingo.test(one)));
      }),
      { numRuns: Number(process.env['MINGO_RUNS'] ?? 400) },
    );
  });

  it('keeps the fields that mingo keeps, in the same order', () => {
    const projection = fc.uniqueArray(objectPath, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(projection, fc.array(document, { minLength: 1, maxLength: 6 }), (paths, documents) => {
        const wanted = Object.fromEntries(paths.map((one) => [one, 1]));
        const byMingo = () =>
          new Query({})
            .find([...documents], wanted)
            .all()
            .filter(isDocument);
        const isCollision = paths.some((one) => paths.some((other) => other.startsWith(`${one}.`)));
        if (isCollision) {
          expect(() => select(documents, { projection: wanted })).toThrow();
          return;
        }
        expect(select(documents, { projection: wanted }).map((one) => JSON.stringify(one))).toEqual(
          byMingo().map((one) => JSON.stringify(one)),
        );
      }),
      { numRuns: Number(process.env['MINGO_RUNS'] ?? 400) },
    );
  });
});
