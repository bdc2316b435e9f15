/*
 * What runs leave to be sent, such as traces. The platform makes the process stand still between
 * two runs, so it is sent while one is under way.
 */

const sends: (() => Promise<void>)[] = [];

/** Has `send` called during runs of this process. It must not reject, nor take long. */
export function leftByRuns(send: () => Promise<void>): void {
  sends.push(send);
}

/** Sends all of it and waits: for the end of a run that nobody waits for. */
export async function sendAndWait(): Promise<void> {
  for (const send of sends) await send();
}

/**
 * Begins to send what earlier calls left, beside the work of this one. Nobody waits for it: a payer
 * does not wait for a collector. What the platform's standstill cuts short is sent again later.
 */
export function sendBeside(): void {
  for (const send of sends) void send();
}
