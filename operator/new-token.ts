import { randomBytes } from 'node:crypto';
import { sha256Of } from '../lib/ops/people/tokens';

/**
 * A new operator's token and its hash as config.json takes it. 256 random bits, so nobody can find
 * it from its hash. The token is shown once and stored nowhere.
 */
export function newTokenText(): string {
  const token = randomBytes(32).toString('base64url');
  return `token, for the operator only:   ${token}
hash, for ops.operators[].tokens: { "sha256": "${sha256Of(token)}" }
`;
}
