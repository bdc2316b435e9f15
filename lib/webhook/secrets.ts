import { isWebhookSecret } from '../runtime/webhook-signature';
import type { KeyProblem, KeySource } from '../wechat/v3/keys/key-sources';
import { KeyError } from '../wechat/v3/keys/key-sources';

/** The names of the secrets: variables of the environment, or files of the key folder. */
export const WEBHOOK_SECRET_VARIABLES = [
  'FULFILMENT_WEBHOOK_SECRET',
  'FULFILMENT_WEBHOOK_SECRET_NEXT',
] as const;

/**
 * The secrets that sign calls: the current one, and during a rotation the next one as well. Throws
 * `KeyError`, which quotes none, when the current one is missing or one is not as it should be.
 */
export function readWebhookSecrets(source: KeySource): readonly string[] {
  const problems: KeyProblem[] = [];
  const secrets = WEBHOOK_SECRET_VARIABLES.flatMap((variable, generation) => {
    const secret = source(variable)?.trim() ?? '';
    const make = 'make one with: echo "whsec_$(openssl rand -base64 32)"';
    if (secret === '' && generation > 0) return [];
    if (secret === '') {
      problems.push({
        code: 'KEY_MISSING',
        variable,
        why: `is missing: fulfilment.webhook signs with it; ${make}`,
      });
    } else if (!isWebhookSecret(secret)) {
      const why = `must be whsec_ and 24 to 64 bytes in base64: ${make}`;
      problems.push({ code: 'WEBHOOK_SECRET_INVALID', variable, why });
    }
    return [secret];
  });
  const [first, ...rest] = problems;
  if (first !== undefined) throw new KeyError([first, ...rest]);
  return secrets;
}
