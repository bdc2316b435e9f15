import { errorText } from '../../../runtime/error-text';
import { startThread } from '../../../runtime/own-thread';
import { isRecord } from '../../../values/json';

/**
 * The result of checking all pages. `unfinished`: the time limit was reached, and the check
 * continues.
 */
export type DatabaseCheck =
  | { readonly kind: 'sound' }
  | { readonly kind: 'damaged'; readonly problems: readonly string[] }
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'failed'; readonly why: string };

/** Running checks by file, one at a time each. */
const underWay = new Map<string, Promise<DatabaseCheck>>();

/**
 * Reads every page of a database in a separate thread, for at most `ms`. Never rejects.
 *
 * A thread inside SQLite cannot be interrupted. One that takes longer continues to its end without
 * keeping the process alive, and the next call waits for it.
 */
export function checkDatabase(file: string, ms: number): Promise<DatabaseCheck> {
  const running = underWay.get(file) ?? begun(file);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ kind: 'unfinished' }), ms);
    void running.then((check) => {
      clearTimeout(timer);
      resolve(check);
    });
  });
}

function begun(file: string): Promise<DatabaseCheck> {
  const check = new Promise<DatabaseCheck>((resolve) => {
    const thread = startThread(__dirname, 'check-thread', { workerData: file });
    thread.once('message', (said: unknown) => resolve(checkOf(said)));
    thread.once('error', (error) => resolve({ kind: 'failed', why: errorText(error) }));
    thread.once('exit', () => resolve({ kind: 'failed', why: 'the thread that checks has ended' }));
    thread.unref();
  }).finally(() => underWay.delete(file));
  underWay.set(file, check);
  return check;
}

function checkOf(said: unknown): DatabaseCheck {
  const problems = isRecord(said) && Array.isArray(said['problems']) ? said['problems'].map(String) : null;
  if (problems === null)
    return { kind: 'failed', why: isRecord(said) ? String(said['failed']) : 'it said nothing' };
  return problems.length === 0 ? { kind: 'sound' } : { kind: 'damaged', problems };
}
