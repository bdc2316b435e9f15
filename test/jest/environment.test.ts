import { createRequire } from 'node:module';
import { isRecord } from '../../lib/values/json';

interface Environment {
  teardown(): Promise<void>;
}

function newEnvironment(): Environment {
  const OneRealm: unknown = createRequire(__filename)('./environment.cjs');
  if (typeof OneRealm !== 'function') throw new TypeError('not a class');
  const made: unknown = Reflect.construct(OneRealm, [{ projectConfig: { testEnvironmentOptions: {} } }]);
  if (!isEnvironment(made)) throw new TypeError('not an environment');
  return made;
}

function isEnvironment(value: unknown): value is Environment {
  return isRecord(value) && typeof value['teardown'] === 'function';
}

test('what a suite changes of globals and environment variables is undone when it ends', async () => {
  const { Date: time, setTimeout: timeout } = globalThis;
  const { env } = process;
  const exit: unknown = Reflect.get(process, 'exit');
  const environment = newEnvironment();
  try {
    Object.assign(globalThis, { leftBySuite: 1, setTimeout: () => undefined });
    Object.assign(globalThis, { Date: class extends time {} });
    Object.assign(process, { exit: () => undefined });
    process.env['LEFT_BY_SUITE'] = 'yes';
  } finally {
    await environment.teardown();
  }
  expect(Object.hasOwn(globalThis, 'leftBySuite')).toBe(false);
  expect(globalThis.Date).toBe(time);
  expect(globalThis.setTimeout).toBe(timeout);
  expect(Reflect.get(process, 'exit')).toBe(exit);
  expect(process.env).toBe(env);
  expect(process.env['LEFT_BY_SUITE']).toBeUndefined();
});
