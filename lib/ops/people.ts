import { operatorContradictions, operatorsIn } from '../config/operators';
import type { Operator } from '../model/operator';
import { parseJson } from '../values/json';
import { operatorsOfTokens, readTokens } from './tokens';

/** The environment variable with further operators, as JSON. */
export const OPERATORS_VARIABLE = 'OPS_OPERATORS';

/** Everybody who may come in, and what was wrong with what does not count. */
export interface ReadPeople {
  readonly people: readonly Operator[];
  readonly problems: readonly string[];
}

/**
 * The named operators: those of config.json and those of `OPS_OPERATORS`.
 *
 * Failure policy: fail closed. A list that cannot be read, or that contradicts config.json, lets
 * nobody of it in.
 */
export function readNamed(configured: readonly Operator[], environment: Environment): ReadPeople {
  const text = environment[OPERATORS_VARIABLE];
  if (text === undefined || text === '') return { people: configured, problems: [] };
  const listed = operatorsIn(parseJson(text));
  if (listed === null) {
    const problem = `${OPERATORS_VARIABLE}: was no list of operators; must be JSON as ops.operators in config.json, without openIds`;
    return { people: configured, problems: [problem] };
  }
  const people = [...configured, ...listed];
  const problems = operatorContradictions(people);
  return { people: problems.length === 0 ? people : configured, problems };
}

/**
 * All operators: the named ones, and `OPS_TOKEN` and `OPS_READ_TOKEN` as the operators "operator"
 * and "reader".
 */
export function readPeople(configured: readonly Operator[], environment: Environment): ReadPeople {
  const named = readNamed(configured, environment);
  const { tokens, problems } = readTokens(environment);
  return {
    people: [...named.people, ...operatorsOfTokens(tokens)],
    problems: [...named.problems, ...problems],
  };
}

type Environment = Readonly<Record<string, string | undefined>>;
