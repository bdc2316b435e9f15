import type { Answer } from './http';
import { json, problem } from './http';
import type { ReadinessCheck } from './readiness';

/**
 * `GET /healthz`: readiness. 200 only while a notification could be made durable; 503 with the reason otherwise, so that a balancer
 * sends notifications elsewhere and WeChat Pay's next try finds a server that can keep it.
 */
export async function answerReadiness(readiness: ReadinessCheck): Promise<Answer> {
  const state = await readiness.check();
  return state.kind === 'ready' ? json(200, { ok: true }) : problem(503, 'NOT_READY', state.why);
}

/** `GET /livez`: liveness. 200 as long as this process answers at all: a database that is out of order restarts no container. */
export function answerLiveness(): Answer {
  return json(200, { ok: true });
}
