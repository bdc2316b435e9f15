import type { Operator } from '../model/operators/operator';
import type { Finding } from '../ops/api';
import type { SecondPersonPolicy } from '../rules/second-person';
import type { Fen } from '../values/fen';
import { readNamed, sharedTokenProblems } from '../ops/people/people';
import { readTokens, TOKEN_VARIABLES } from '../ops/people/tokens';
import type { Place } from './finding';
import { passed, problem } from './finding';

/** Random text of this length over 64 characters has 128 bits. */
const STRONG_LENGTH = 22;

/**
 * Random text of that length has more distinct characters than this, except for one in a million.
 */
const STRONG_VARIETY = 11;

const FIX =
  'set it to a random text of its own: openssl rand -base64 32; in the cloud among the environment variables of the function ops';

/** What is weak about a token, or null. The text never quotes the token. */
export function weaknessOf(token: string): string | null {
  if (token.length < STRONG_LENGTH)
    return `has ${token.length} characters; ${STRONG_LENGTH} random ones cannot be guessed`;
  if (new Set(token).size <= STRONG_VARIETY)
    return 'uses few different characters, which random text does not';
  return null;
}

const SHARED_FIX =
  'give each operator a token of their own in ops.operators (npm run ops -- token), and remove OPS_TOKEN';

/** What asks for a second person, of the settings `ops`. */
export interface SecondPersonSettings {
  readonly secondPersonAbove: Fen | null;
  readonly secondPerson: SecondPersonPolicy;
}

/** True where something needs a second person. */
function asksForOne({ secondPersonAbove, secondPerson }: SecondPersonSettings): boolean {
  const { refundAbove, bulkAbove } = secondPerson;
  return secondPersonAbove !== null || refundAbove !== null || bulkAbove !== null;
}

/**
 * Checks the operator tokens in this environment, and the named operators of the settings. Only
 * the server can say whether they are its own. A token that several people know beside named
 * operators is a second person for each of them.
 */
export function checkTokens(
  environment: Readonly<Record<string, string | undefined>>,
  place: Place,
  configured: readonly Operator[] = [],
  second: SecondPersonSettings | null = null,
): Finding {
  const named = readNamed(configured, environment);
  const { tokens, problems: wrong } = readTokens(environment);
  const problems = [...wrong, ...named.problems, ...sharedTokenProblems(named.people, tokens)];
  const keyed = named.people.filter(({ keys, revoked }) => keys.length > 0 && !revoked).length;
  if (problems.length > 0)
    return problem('tokens', 'error', `it lets nobody in: ${problems.join('; ')}`, FIX);
  const weak = Object.entries(tokens).flatMap(([role, token]) => {
    const why = typeof token === 'string' ? weaknessOf(token) : null;
    const name = role === 'act' ? TOKEN_VARIABLES.act : TOKEN_VARIABLES.read;
    return why === null ? [] : [`${name} ${why}`];
  });
  if (weak.length > 0) return problem('tokens', 'warning', weak.join('; '), FIX);
  const isNamed = named.people.some(({ revoked, name }) => !revoked && !name.includes('***'));
  if (tokens.act !== null && isNamed && second !== null && asksForOne(second)) {
    const what = 'OPS_TOKEN is set beside named operators: everybody who knows it is a second person';
    return problem('tokens', 'warning', what, SHARED_FIX);
  }
  if (tokens.act === null && tokens.read === null && keyed === 0) {
    switch (place) {
      case 'server':
        return passed('tokens', 'none: anybody on this machine may act, and nobody else reaches the server');
      case 'cloud':
        return passed('tokens', 'none: the function lets nobody in over HTTP');
      case 'checkout':
        return problem(
          'tokens',
          'unknown',
          'none in this environment',
          'run this with the OPS_TOKEN and OPS_READ_TOKEN you deploy, or ask the running one: npm run doctor -- --url …',
        );
    }
  }
  return passed(
    'tokens',
    [tokens.act && 'one to act', tokens.read && 'one to look', keyed > 0 && `${keyed} of named operators`]
      .filter(Boolean)
      .join(', '),
  );
}
