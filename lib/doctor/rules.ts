import { isRecord } from '../values/json';
import { CALLBACKS } from '../config/jobs';
import type { Finding } from '../ops/api';
import { passed, problem } from './finding';

/**
 * Functions that no user of the mini program calls. Each refuses such calls itself. With the rule,
 * the platform refuses them, and they cost nothing.
 */
export function closedFunctions(functions: readonly string[], workers: readonly string[]): readonly string[] {
  return [...functions.filter((name) => CALLBACKS.some((one) => one === name)), ...workers].sort();
}

/** The security rules of cloud functions (云函数安全规则) that this version wants. */
export function wantedRules(
  closed: readonly string[],
): Readonly<Record<string, { readonly invoke: boolean | string }>> {
  return {
    '*': { invoke: 'auth != null' },
    ...Object.fromEntries(closed.map((name) => [name, { invoke: false }])),
  };
}

/**
 * Compares an environment's rules, as the cloud console shows them, with the wanted ones. `rules`
 * null: not known here.
 */
export function checkSecurityRules(rules: unknown, closed: readonly string[]): Finding {
  if (rules === null) {
    return problem(
      'security_rules',
      'unknown',
      'only the cloud console shows them',
      'console, Cloud Functions, permissions (权限设置): save the text to a file and run npm run doctor -- --rules <file>; or call payCallback from the mini program, which must be refused',
    );
  }
  if (!isRecord(rules)) {
    return problem(
      'security_rules',
      'error',
      'this is not a set of rules',
      'copy the whole JSON object from the console',
    );
  }
  if (!isRecord(rules['*'])) {
    return problem(
      'security_rules',
      'error',
      'the entry "*" is missing',
      'keep it: the platform requires one for all other functions',
    );
  }
  const open = closed.filter((name) => {
    const rule = rules[name];
    return !isRecord(rule) || rule['invoke'] !== false;
  });
  if (open.length > 0) {
    return problem(
      'security_rules',
      'warning',
      `any user of the mini program may call ${open.join(', ')}; they refuse, but you pay for the call`,
      'add {"invoke": false} for each of them (dist/security-rules.json has the whole text)',
    );
  }
  return passed('security_rules', 'no mini program’s user may call callbacks and workers');
}
