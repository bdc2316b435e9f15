import { Aggregator } from 'mingo';
import { MalformedRequest, operatorRefused } from '../errors';
import { isDocument, type Document } from './documents';
import { checkCondition } from './query';

/** One stage of a pipeline as the SDK sends it, its value already parsed. */
export interface Stage {
  readonly key: string;
  readonly value: unknown;
}

const ACCUMULATORS_AND_EXPRESSIONS = new Set([
  '$sum',
  '$avg',
  '$min',
  '$max',
  '$first',
  '$last',
  '$push',
  '$addToSet',
  '$cond',
  '$ifNull',
  '$eq',
  '$ne',
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$and',
  '$or',
  '$not',
  '$add',
  '$subtract',
  '$multiply',
  '$size',
]);

/**
 * Runs a pipeline over a collection. Throws `CloudBaseError` for a stage or expression that is not
 * allowed.
 */
export function aggregate(documents: Iterable<Document>, stages: readonly Stage[]): readonly Document[] {
  stages.forEach(checkStage);
  const pipeline = stages.map(({ key, value }) => ({ [key]: value }));
  return new Aggregator(pipeline).run<Document>([...documents]);
}

function checkStage({ key, value }: Stage): void {
  switch (key) {
    case '$match':
      if (!isDocument(value)) throw new MalformedRequest('$match is not an object');
      checkCondition(value);
      return;
    case '$group':
    case '$project':
      checkExpression(value, key);
      return;
    case '$sort':
      if (!isDocument(value)) throw new MalformedRequest('$sort is not an object');
      return;
    case '$limit':
    case '$skip':
      if (!Number.isSafeInteger(value)) throw new MalformedRequest(`${key} is not a whole number`);
      return;
    case '$count':
      if (typeof value !== 'string') throw new MalformedRequest('$count is not a field name');
      return;
    default:
      throw operatorRefused(key, 'a pipeline');
  }
}

function checkExpression(value: unknown, stage: string): void {
  if (Array.isArray(value)) {
    for (const part of value) checkExpression(part, stage);
  } else if (isDocument(value)) {
    for (const [key, child] of Object.entries(value)) {
      if (key.startsWith('$') && !ACCUMULATORS_AND_EXPRESSIONS.has(key)) throw operatorRefused(key, stage);
      checkExpression(child, stage);
    }
  }
}
