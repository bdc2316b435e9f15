import { join } from 'node:path';
import { isRecord } from '../../lib/values/json';
import { createFunctionPool } from './function-pool';
import { startFunction, type FunctionInstance, type FunctionOptions } from './function-runner';
import { startLoopbackCloudBase, type LoopbackCloudBase } from './gateway';
import { manualTimer } from './timer';

const client = { source: 'wx_client', openid: 'oPayerNumberOne' };
let gateway: LoopbackCloudBase;
let instances: FunctionInstance[] = [];

beforeEach(async () => {
  gateway = await startLoopbackCloudBase();
  gateway.database.createCollection('notes');
});

afterEach(async () => {
  await Promise.all(instances.map((instance) => instance.stop()));
  instances = [];
  await gateway.stop();
  expect(gateway.protocolErrors).toEqual([]);
});

function probe(more: Partial<FunctionOptions> = {}): FunctionOptions {
  const bundle = join(__dirname, 'fixtures', 'probe-function.cjs');
  return { bundle, name: 'probe', gatewayUrl: gateway.url, ...more };
}

async function start(more: Partial<FunctionOptions> = {}): Promise<FunctionInstance> {
  const instance = await startFunction(probe(more));
  instances.push(instance);
  return instance;
}

async function ask(instance: { invoke: FunctionInstance['invoke'] }, origin = client) {
  const answer = await instance.invoke({ do: 'who' }, origin);
  if (!isRecord(answer)) throw new TypeError('the probe answered with no object');
  return answer;
}

function processIsThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a function instance', () => {
  it('tells the function who calls, anew for each event', async () => {
    const instance = await start();
    const first = await ask(instance);
    const second = await instance.invoke({ do: 'who' }, { source: 'wx_paycallback' });
    expect(first['wxContext']).toMatchObject({
      OPENID: 'oPayerNumberOne',
      SOURCE: 'wx_client',
      ENV: gateway.envId,
    });
    expect(second).toMatchObject({ wxContext: { SOURCE: 'wx_paycallback' }, pid: instance.pid });
    expect(second).not.toHaveProperty('wxContext.OPENID');
    expect(first['contextWhenLoaded']).toEqual({});
  });

  it('gives the function the environment and the context of the platform, and nothing of ours', async () => {
    process.env['SECRET_OF_THE_PARENT'] = 'x';
    const instance = await start({ env: { MERCHANT: '1' }, timeLimitMs: 5_000 });
    Reflect.deleteProperty(process.env, 'SECRET_OF_THE_PARENT');
    const { names, context } = await ask(instance);
    expect(names).toEqual(
      expect.arrayContaining(['MERCHANT', 'PATH', 'TENCENTCLOUD_RUNENV', 'TCB_CONTEXT_CNFG']),
    );
    expect(names).not.toContain('SECRET_OF_THE_PARENT');
    expect(names).not.toContain('HOME');
    expect(context).toMatchObject({
      time_limit_in_ms: 5_000,
      function_name: 'probe',
      namespace: gateway.envId,
    });
  });

  it('reaches the loopback database with the real SDK', async () => {
    const instance = await start();
    await instance.invoke({ do: 'add', data: { _id: 'n1', text: 'hello' } }, client);
    expect(gateway.database.documents('notes')).toEqual([{ _id: 'n1', text: 'hello' }]);
  });

  it('hands the timer its own token, and a run without a token none', async () => {
    const tokens: string[] = [];
    gateway.setPayApi(async (_apiName, _request, { apiToken }) => {
      tokens.push(apiToken);
      return { body: '{"return_code":"SUCCESS"}' };
    });
    const instance = await start();
    await instance.invoke({ do: 'pay' }, client);
    await instance.invoke(
      { do: 'pay' },
      { source: 'wx_trigger', trigger: 'timer', apiToken: 'of-the-timer' },
    );
    await expect(
      instance.invoke({ do: 'pay' }, { source: 'wx_trigger', trigger: 'timer', apiToken: null }),
    ).rejects.toThrow('missing wxCloudApiToken');
    expect(tokens).toEqual(['loopback-api-token', 'of-the-timer']);
  });

  it('passes on what the function throws and prints', async () => {
    const instance = await start();
    const thrown = instance.invoke({ do: 'throw', words: 'no stock' }, client);
    await expect(thrown).rejects.toMatchObject({ code: 'FUNCTION_THREW' });
    await expect(thrown).rejects.toThrow('no stock');
    await expect(instance.invoke({ do: 'nothing' }, client)).resolves.toBeNull();
    await instance.invoke({ do: 'say', words: 'for the log' }, client);
    await instance.kill('SIGTERM');
    expect(instance.output()).toContain('for the log');
  });

  it('is killed when the time limit passes, even in a loop that never yields', async () => {
    const timer = manualTimer();
    const instance = await start({ timer });
    const answer = instance.invoke({ do: 'spin' }, client);
    const failed = expect(answer).rejects.toMatchObject({
      code: 'FUNCTION_TIMED_OUT',
      message: 'Invoking task timed out after 3 seconds',
    });
    timer.advance(3_000);
    await failed;
    expect(processIsThere(instance.pid)).toBe(false);
    expect(instance.state()).toBe('gone');
  });

  it('runs one event at a time', async () => {
    gateway.faults.add({ match: { collection: 'notes' }, effect: { kind: 'hang' } });
    const instance = await start();
    const held = gateway.requests.whenRequest({ collection: 'notes' });
    const first = instance.invoke({ do: 'add', data: { _id: 'n1' } }, client);
    await held;
    await expect(ask(instance)).rejects.toMatchObject({ code: 'FUNCTION_BUSY' });
    gateway.faults.release();
    await expect(first).resolves.toMatchObject({ _id: 'n1' });
  });

  it('refuses to start against any address that is not this machine', async () => {
    await expect(start({ gatewayUrl: 'https://tcb-api.tencentcloudapi.com/admin' })).rejects.toThrow(
      'not this machine',
    );
  });

  it('says so when the bundle cannot be loaded', async () => {
    await expect(start({ bundle: join(__dirname, 'fixtures', 'absent.cjs') })).rejects.toMatchObject({
      code: 'FUNCTION_UNLOADABLE',
    });
  });
});

describe('a pool of instances', () => {
  it('runs concurrent events in separate processes and uses an idle one again', async () => {
    const pool = createFunctionPool(probe());
    try {
      const answers = await Promise.all([ask(pool), ask(pool)]);
      expect(new Set(answers.map(({ pid }) => pid)).size).toBe(2);
      await ask(pool);
      expect(pool.started()).toBe(2);
    } finally {
      await pool.stop();
    }
  });

  it('replaces an instance that was killed in the middle of an event', async () => {
    const pool = createFunctionPool(probe());
    try {
      const fault = gateway.faults.add({
        match: { collection: 'notes' },
        effect: { kind: 'hang', applied: true },
      });
      const lost = pool.invoke({ do: 'add', data: { _id: 'n1' } }, client);
      const failed = expect(lost).rejects.toMatchObject({ code: 'FUNCTION_GONE' });
      await fault.struck;
      await Promise.all(pool.instances().map((instance) => instance.kill('SIGKILL')));
      await failed;
      expect(gateway.database.documents('notes')).toHaveLength(1);
      await pool.invoke({ do: 'add', data: { _id: 'n2' } }, client);
      expect(gateway.database.documents('notes')).toHaveLength(2);
      expect(pool.instances()).toHaveLength(1);
    } finally {
      await pool.stop();
    }
  });

  it('makes further events wait when all instances are taken', async () => {
    const pool = createFunctionPool({ ...probe(), maxInstances: 1 });
    try {
      const answers = await Promise.all([ask(pool), ask(pool), ask(pool)]);
      expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1);
    } finally {
      await pool.stop();
    }
  });
});
