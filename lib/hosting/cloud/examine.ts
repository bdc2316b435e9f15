import { randomUUID } from 'node:crypto';
import cloud from 'wx-server-sdk';
import { LEAST_CLOUD_NODE } from '../../config/runtimes';
import { tooLargeToKeep, wrongInAnswer } from '../../doctor/ack';
import type { Finding } from '../../ops/api';
import { passed, problem } from '../../doctor/finding';
import { checkNode } from '../../doctor/runtime';
import { checkSecurityRules } from '../../doctor/rules';
import { checkEnvironmentId, checkSettings } from '../../doctor/settings';
import { examineStore } from '../../doctor/store';
import { checkTokens } from '../../doctor/tokens';
import { examineCloudBase } from '../../doctor/cloudbase';
import { errorText } from '../../runtime/error-text';
import type { Ports } from '../ports';
import { isRecord } from '../../values/json';
import { CALLBACK_FUNCTIONS } from './callbacks';

/**
 * Every check of the installation that the `ops` function can run. Stores only a probe, which it
 * removes, and calls each callback with a notification it refuses. The SDK must be initialised
 * first (`openPorts`). Never rejects. About 19 database requests and 2 function calls.
 */
export async function examineCloud({ store, config, clock }: Ports): Promise<readonly Finding[]> {
  const running = process.env['TCB_ENV'] || process.env['SCF_NAMESPACE'] || null;
  const [storeFindings, database, callbacks] = await Promise.all([
    examineStore(store, clock.now()),
    examineCloudBase(cloud.database(), () => clock.now(), randomUUID),
    examineCallbacks(),
  ]);
  return [
    checkNode(process.version, LEAST_CLOUD_NODE),
    ...checkSettings(config, 'cloud'),
    checkEnvironmentId(config, running),
    checkTokens(process.env, 'cloud', config.ops.people, config.ops),
    ...callbacks,
    checkSecurityRules(null, []),
    ...storeFindings,
    ...database,
  ];
}

/**
 * Calls the callback functions, by the names WeChat Pay uses, with a notification above the size
 * limit.
 */
async function examineCallbacks(): Promise<readonly Finding[]> {
  const names = Object.values(CALLBACK_FUNCTIONS);
  const answers = await Promise.all(names.map(async (name) => ({ name, ...(await answerOf(name)) })));
  const absent = answers.filter(({ answer }) => answer === undefined);
  const wrong = answers.flatMap(({ name, answer }) => {
    const why = answer === undefined ? null : wrongInAnswer(answer, 'refusal');
    return why === null ? [] : [`${name} ${why}`];
  });
  return [
    absent.length === 0
      ? passed('callback_functions', `${names.join(' and ')} exist under the names WeChat Pay calls`)
      : problem(
          'callback_functions',
          'error',
          absent.map(({ name, error }) => `${name}: ${error ?? ''}`).join('; '),
          'upload these functions to this environment under exactly these names: WeChat Pay calls no others',
        ),
    wrong.length === 0 && absent.length < names.length
      ? passed('ack_shape', 'a notification that is not stored is refused with a Number')
      : problem(
          'ack_shape',
          wrong.length === 0 ? 'unknown' : 'error',
          wrong.length === 0 ? 'no callback could be called' : wrong.join('; '),
          'upload payCallback and refundCallback as npm run build makes them',
        ),
  ];
}

async function answerOf(name: string): Promise<{ readonly answer: unknown; readonly error: string | null }> {
  try {
    const reply: unknown = await cloud.callFunction({ name, data: tooLargeToKeep() });
    return { answer: (isRecord(reply) ? reply['result'] : null) ?? null, error: null };
  } catch (error) {
    return { answer: undefined, error: errorText(error) };
  }
}
