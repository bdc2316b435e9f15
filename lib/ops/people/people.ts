import { operatorContradictions, operatorsIn } from '../../config/operators';
import type { Operator } from '../../model/operators/operator';
import { parseJson } from '../../values/json';
import type { OpsTokens } from './tokens';
import { operatorsOfTokens, readTokens, sha256Of, TOKEN_VARIABLES } from './tokens';

/** The environment variable with further operators, as JSON. */
export const OPERATORS_VARIABLE = 'OPS_OPERATORS';

/** Everybody who may sign in, and the problems of the entries that do not count. */
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
 *
 * Failure policy: fail closed. A token that is a named operator's, too, counts for neither of the
 * two shared ones: one person would be two, and could approve what they asked for.
 */
export function readPeople(configured: readonly Operator[], environment: Environment): ReadPeople {
  const named = readNamed(configured, environment);
  const { tokens, problems } = readTokens(environment);
  const shared = sharedTokenProblems(named.people, tokens);
  return {
    people: [...named.people, ...(shared.length === 0 ? operatorsOfTokens(tokens) : [])],
    problems: [...named.problems, ...problems, ...shared],
  };
}

/** Which of `OPS_TOKEN` and `OPS_READ_TOKEN` is also a named operator's token. Pure. */
export function sharedTokenProblems(named: readonly Operator[], tokens: OpsTokens): readonly string[] {
  const hashes = new Set(named.flatMap(({ keys }) => keys.map(({ sha256 }) => sha256)));
  return (['act', 'read'] as const)
    .filter((right) => hashes.has(sha256Of(tokens[right] ?? '')))
    .map((right) => `${TOKEN_VARIABLES[right]}: was the token of a named operator; must be another`);
}

type Environment = Readonly<Record<string, string | undefined>>;
