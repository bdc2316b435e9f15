import type { OpsName, OpsOperations, OpsReply } from '../lib/ops/api';
import type { Client } from './client';
import type { Language } from '../lib/values/language';

/** What a command needs of its terminal. */
export interface Terminal {
  readonly client: Client;
  readonly language: Language;
  readonly json: boolean;
  /** The person agreed beforehand (`--yes`): nobody reads a preview. */
  readonly isAgreed: boolean;
  /** The names on standard input. */
  readonly readNames: () => Promise<readonly string[]>;
  /**
   * Asks before a change that cannot easily be undone. Throws `UsageError` without a person to ask.
   */
  readonly confirm: (what: string, count: number) => Promise<boolean>;
  /** Shows what a person should see before they answer; it is no part of the output. */
  readonly preview: (text: string) => void;
  /** Tells how far it is; it is no part of the output. */
  readonly say: (text: string) => void;
  /** Does work that asks between its steps whether its person has pressed Ctrl-C. */
  readonly untilStopped: <Done>(work: (isStopped: () => boolean) => Promise<Done>) => Promise<Done>;
}

/** The output and the exit code: 0 done, 1 refused or something is wrong. */
export interface Result {
  readonly output: string;
  readonly code: 0 | 1;
}

/** The answer in words or as JSON; a refusal as its sentence. */
export function said<Name extends OpsName>(
  { json }: Terminal,
  reply: OpsReply<Name>,
  inWords: (answer: OpsOperations[Name]['answer']) => string,
): Result {
  if (json) return { output: `${JSON.stringify(reply, null, 2)}\n`, code: reply.ok ? 0 : 1 };
  return reply.ok
    ? { output: inWords(reply), code: 0 }
    : { output: `${reply.code}: ${reply.message}\n`, code: 1 };
}
