import type { Answer } from '../door/http';
import { json, problem } from '../door/http';
import type { ReadinessCheck } from './readiness';

/**
 * `GET /healthz`: readiness. 200 only while a notification could be made durable; otherwise 503
 * with the reason, so that a balancer sends notifications elsewhere and WeChat Pay's next attempt
 * finds a server that can store it.
 */
export async function answerReadiness(readiness: ReadinessCheck): Promise<Answer> {
  const state = await readiness.check();
  return state.kind === 'ready' ? json(200, { ok: true }) : problem(503, 'NOT_READY', state.why);
}

/**
 * `GET /livez`: liveness. 200 as long as this process answers at all: a database failure must not
 * restart the container.
 */
export function answerLiveness(): Answer {
  return json(200, { ok: true });
}
