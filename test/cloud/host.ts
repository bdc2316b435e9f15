import { isRecord } from '../../lib/values/json';
import { runCloud } from '../../scripts/cloud/run';

/*
 * Runs `npm run cloud` for a test, once per message, in one process: the certificates that the SDK
 * trusts are read when a process starts.
 */

/** What a test sends. */
export interface CloudCall {
  readonly args: readonly string[];
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What the person at the terminal answers; null without one. */
  readonly says: boolean | null;
}

process.on('disconnect', () => process.exit(0));
process.on('message', (message: unknown) => {
  if (!isCall(message)) throw new TypeError('not a call');
  const { args, root, environment, says } = message;
  let shown = '';
  runCloud(args, {
    root,
    environment,
    show: (text) => void (shown += text),
    ask:
      says === null
        ? null
        : async (question) => {
            shown += question;
            return says;
          },
  }).then(
    (result) => process.send?.({ ...result, shown }),
    (error: unknown) => process.send?.({ output: String(error), code: 2, shown }),
  );
});

function isCall(value: unknown): value is CloudCall {
  return isRecord(value) && Array.isArray(value['args']) && typeof value['root'] === 'string';
}
