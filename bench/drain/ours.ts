import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ended, startScript, told } from '../processes';

/** What is processed, and how. */
export interface OurDrain {
  readonly messages: number;
  /** Number of messages in the same table that are not due. */
  readonly waiting: number;
  readonly writer: 'here' | 'thread';
  readonly log: 'silent' | 'info';
}

/**
 * Processes our messages in a separate process. Returns messages/s. Rejects when one was not
 * applied.
 */
export async function drainOurs({ messages, waiting, writer, log }: OurDrain): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-drain-'));
  const args = [join(folder, 'inbox.db'), String(messages), String(waiting), writer, log];
  const process = startScript(join(__dirname, 'run-ours.ts'), args);
  try {
    const { seconds, applied } = await told(process);
    if (typeof seconds !== 'number' || applied !== messages) {
      throw new Error(`${String(applied)} of ${messages} messages were applied`);
    }
    return messages / seconds;
  } finally {
    await ended(process);
    rmSync(folder, { recursive: true, force: true });
  }
}
