import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { readConfig } from '../../lib/config/config';
import { SCHEMA } from '../../lib/store/cloudbase/schema';
import { entryFile } from '../../scripts/build/entry-file';
import { cloudbaserc, foldersToBuild } from '../../scripts/build/functions';
import { nodeRuns } from '../compiled/compiled';
import type { CloudCall } from './host';
import { ENV_ID, KEYS, startManagementApi, type ManagementApi } from './management-api';

const CONFIG = { merchants: [{ subMchId: '1900000109' }], envId: ENV_ID };
const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-cloud-'));
const environment = {
  TENCENTCLOUD_SECRETID: KEYS.secretId,
  TENCENTCLOUD_SECRETKEY: KEYS.secretKey,
  LANG: 'en',
};
let api: ManagementApi;
let host: ChildProcess;

beforeAll(async () => {
  writeFileSync(join(folder, 'config.json'), JSON.stringify(CONFIG));
  api = await startManagementApi();
  writeFileSync(join(folder, 'ca.pem'), api.certificates);
  const [file = '', ...before] = [...nodeRuns('test/cloud/host.ts')].reverse();
  host = fork(file, [], {
    execArgv: before.reverse(),
    env: { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'), PATH: process.env['PATH'] ?? '' },
  });
});
afterAll(async () => {
  host.disconnect();
  await once(host, 'exit');
  await api.stop();
  rmSync(folder, { recursive: true });
});

const answer = z.object({ output: z.string(), code: z.number(), shown: z.string() });

/** Runs the command; `says` is what the person at the terminal answers. */
async function cloud(args: readonly string[], says: boolean | null = null, more = {}) {
  const call: CloudCall = {
    ...{ args, says, root: folder },
    environment: { ...environment, HTTPS_PROXY: api.proxyUrl, ...more },
  };
  host.send(call);
  const heard: readonly unknown[] = await once(host, 'message');
  return answer.parse(heard[0]);
}

const changesAsked = () => api.actions.filter((one) => /^(Create|Update|Modify)/.test(one));

// One story, in order: each case finds the environment as the one before left it.
describe('setup', () => {
  it('shows what it would do, and does nothing without a yes', async () => {
    const plan = await cloud(['setup']);
    expect(plan.code).toBe(1);
    expect(plan.output).toContain('create the collection wxpay_inbox');
    expect(plan.output).toContain(
      'create the index wxpay_inbox.state_due_lease: state 1, dueAt 1, leaseUntil 1',
    );
    expect(plan.output).toContain('add --yes');
    const declined = await cloud(['setup'], false);
    expect(declined.shown).toMatch(/Make these \d+ changes in prod-8gxvz0f70375accc\?/);
    expect(declined).toMatchObject({ code: 1, output: 'Nothing was changed.\n' });
    expect(changesAsked()).toEqual([]);
  });

  it('stops at a refusal, says which, and finishes when it is run again', async () => {
    api.refuse('ModifyDatabaseACL', 'LimitExceeded');
    const stopped = await cloud(['setup', '--yes']);
    expect(stopped.code).toBe(1);
    expect(stopped.output).toContain('stopped: set the access of wxpay_inbox from unknown to ADMINONLY');
    expect(stopped.output).toContain('LimitExceeded');
    expect([...api.state.tables.keys()]).toEqual(['wxpay_inbox']);

    expect(await cloud(['setup'], true)).toMatchObject({ code: 0 });
    for (const [name, { indexes }] of Object.entries(SCHEMA)) {
      const table = api.state.tables.get(name);
      expect([name, table?.acl]).toEqual([name, 'ADMINONLY']);
      expect(table?.indexes.slice(1).map(({ Name }) => Name)).toEqual(indexes.map((index) => index.name));
      expect(table?.indexes.slice(1).some(({ Unique }) => Unique)).toBe(false);
    }
    const rules: unknown = JSON.parse(api.state.functionRule ?? '');
    expect(rules).toMatchObject({
      '*': { invoke: 'auth != null' },
      payCallback: { invoke: false },
      watchdog: { invoke: false },
    });
  });

  it('is safe to repeat: it changes nothing then', async () => {
    api.actions.length = 0;
    const again = await cloud(['setup', '--yes']);
    expect(again.code).toBe(0);
    expect(again.output).toContain('Nothing to change.');
    expect(changesAsked()).toEqual([]);
  });

  it('reports drift, corrects what is ours, and leaves the rest to a person', async () => {
    const inbox = api.state.tables.get('wxpay_inbox');
    const orders = api.state.tables.get('wxpay_orders');
    if (!inbox || !orders) throw new Error('setup made no tables');
    inbox.acl = 'READONLY';
    const unique = { Name: 'order_received', Unique: true, Keys: [{ Name: 'outTradeNo', Direction: '1' }] };
    inbox.indexes = [...inbox.indexes.filter(({ Name }) => Name !== 'order_received'), unique];
    orders.indexes = orders.indexes.map((one) => (one.Name === 'created' ? { ...one, Name: 'theirs' } : one));
    orders.indexes.push({ Name: 'own', Unique: false, Keys: [{ Name: 'cart', Direction: '1' }] });
    api.state.functionRule = JSON.stringify({ '*': { invoke: false }, theirs: { invoke: true } });
    api.state.storageAcl = 'READONLY';

    const { output, code } = await cloud(['setup']);
    expect(code).toBe(1);
    expect(output).toContain('set the access of wxpay_inbox from READONLY to ADMINONLY');
    expect(output).toContain('replace the index wxpay_inbox.order_received: outTradeNo 1 (unique) becomes');
    // The same fields under another name serve as well; the platform would refuse a second one.
    expect(output).not.toContain('wxpay_orders.created');
    expect(output).toContain('wxpay_orders has an index of its own, own: cart 1');
    expect(output).toContain('cloud storage has the access READONLY');

    expect(await cloud(['setup', '--yes'])).toMatchObject({ code: 0 });
    expect(inbox.acl).toBe('ADMINONLY');
    expect(inbox.indexes.find(({ Name }) => Name === 'order_received')?.Unique).toBe(false);
    expect(orders.indexes.map(({ Name }) => Name)).toContain('own');
    // Entries of the merchant's own functions stay.
    const rules: unknown = JSON.parse(api.state.functionRule);
    expect(rules).toMatchObject({ '*': { invoke: false }, theirs: { invoke: true } });
    expect(api.state.storageAcl).toBe('READONLY');
  });

  it('leaves rules alone that it cannot read', async () => {
    api.state.functionRule = '{ "*": { "invoke": true }, // ours';
    const { output, code } = await cloud(['setup', '--yes']);
    expect(output).toContain('cannot be read as JSON and were left alone');
    expect(code).toBe(0);
    expect(api.state.functionRule).toContain('// ours');
    api.state.functionRule = null;
    expect(await cloud(['setup', '--yes'])).toMatchObject({ code: 0 });
  });

  it('says so when the platform accepts a change and does not make it', async () => {
    const inbox = api.state.tables.get('wxpay_inbox');
    if (!inbox) throw new Error('there is no inbox');
    inbox.acl = 'PRIVATE';
    api.ignore('ModifyDatabaseACL');
    const { output, code } = await cloud(['setup', '--yes']);
    expect(code).toBe(1);
    expect(output).toContain('still shows the old state');
    expect(output).toContain('from PRIVATE to ADMINONLY');
    inbox.acl = 'ADMINONLY';
  });

  it('does not take a failure for something that is missing', async () => {
    api.refuse('ListTables', 'AuthFailure.UnauthorizedOperation');
    const { output, code } = await cloud(['setup', '--yes']);
    expect(code).toBe(1);
    expect(output).toBe('ListTables: AuthFailure.UnauthorizedOperation: refused by the test\n');
    const wrongKey = await cloud(['setup'], null, { TENCENTCLOUD_SECRETKEY: 'another' });
    expect(wrongKey.output).toContain('AuthFailure.SignatureFailure');
    expect(api.protocolErrors.every((one) => one.endsWith('the signature does not fit'))).toBe(true);
    api.protocolErrors.length = 0;
    const without = await cloud(['setup'], null, { TENCENTCLOUD_SECRETID: '' });
    expect(without).toMatchObject({ code: 2 });
    expect(without.output).toContain('TENCENTCLOUD_SECRETID');
  });
});

describe('status', () => {
  const config = readConfig(CONFIG);
  const folders = foldersToBuild(config);

  /** Deploys every function as the platform shows one that is as built. */
  function deploy(): void {
    for (const { name, kind } of folders) {
      const limits = Object.entries(config.functions).find(([one]) => one === name)?.[1];
      if (!limits) throw new Error(`${name} has no limits`);
      api.state.functions.set(name, {
        Runtime: 'Nodejs24.11',
        Timeout: limits.timeoutMs / 1000,
        MemorySize: limits.memoryMb,
        CodeInfo: entryFile(name, '0.2.0', '0123456789ab'),
        Triggers: kind === 'worker' ? [timer(name)] : [],
      });
    }
  }
  const timer = (name: string, more: object = {}) => ({
    Type: 'timer',
    TriggerName: `${name}Timer`,
    TriggerDesc: JSON.stringify({ cron: Object.entries(config.timers).find(([one]) => one === name)?.[1] }),
    Enable: 1,
    ...more,
  });
  const change = (name: string, more: object) =>
    void api.state.functions.set(name, { ...api.state.functions.get(name), ...more });

  it('needs a build', async () => {
    expect(await cloud(['status'])).toMatchObject({ code: 2 });
    mkdirSync(join(folder, 'dist'));
    const builds = Object.fromEntries(folders.map(({ name }) => [name, '0123456789ab']));
    writeFileSync(join(folder, 'dist', 'build.json'), JSON.stringify({ builds }));
    writeFileSync(join(folder, 'dist', 'cloudbaserc.json'), JSON.stringify(cloudbaserc(config, folders)));
    expect((await cloud(['status'])).output).toContain('payCallback is not there');
  });

  it('finds everything as built', async () => {
    deploy();
    api.actions.length = 0;
    const { output, code } = await cloud(['status']);
    expect(code).toBe(0);
    expect(output.match(/: as built/g)).toHaveLength(folders.length);
    // It asks for nothing that it does not compare; the SDK begins with the environment.
    expect(new Set(api.actions)).toEqual(new Set(['DescribeEnvInfo', 'ListFunctions', 'GetFunction']));
  });

  it('names every difference, with what to do about it', async () => {
    change('payCallback', { Runtime: 'Nodejs8.9', Timeout: 3 });
    change('refundCallback', { CodeInfo: entryFile('refundCallback', '0.1.0', 'ba9876543210') });
    change('createOrder', { MemorySize: 512 });
    change('queryOrder', { CodeInfo: null });
    change('processInbox', { Triggers: [] });
    change('fulfillOrders', { Triggers: [timer('fulfillOrders', { Enable: 0 })] });
    change('retain', { Triggers: [timer('retain', { TriggerDesc: '0 0 1 * * * *' })] });
    change('watchdog', {
      Runtime: 'Nodejs20.19',
      Triggers: [timer('watchdog'), timer('watchdog', { TriggerName: 'old', TriggerDesc: '0 * * * * * *' })],
    });
    const { output, code } = await cloud(['status']);
    expect(code).toBe(1);
    for (const line of [
      'error  payCallback has the runtime Nodejs8.9, on which no call succeeds -> a runtime cannot be changed',
      'error  payCallback has 3 s instead of 10 s -> npm run cloud -- setup',
      'warning  refundCallback is build ba9876543210; built here is 0123456789ab -> upload it',
      'warning  createOrder has 20 s, 512 MB instead of 20 s, 256 MB',
      'unknown  queryOrder does not say which build it is',
      'error  processInbox has no timer; it should be',
      'error  fulfillOrders its timer fulfillOrdersTimer is off',
      'warning  retain its timer retainTimer is 0 0 1 * * * *',
      'warning  watchdog has one more timer, old: 0 * * * * * *',
      'warning  watchdog has the runtime Nodejs20.19 instead of Nodejs24.11',
      'ok  ops: as built',
    ]) {
      expect(output).toContain(line);
    }
    const zh = await cloud(['status', '--lang', 'zh']);
    expect(zh.output).toContain('错误  payCallback 超时为 3 秒，应为 10 秒 -> npm run cloud -- setup');
  });

  it('setup corrects the limits, and touches no environment variables', async () => {
    const { output } = await cloud(['setup', '--yes', '--json']);
    expect(JSON.parse(output)).toMatchObject({ ok: true, left: [] });
    expect(api.state.functions.get('payCallback')).toMatchObject({ Timeout: 10, Runtime: 'Nodejs8.9' });
    expect(api.state.functions.get('createOrder')).toMatchObject({ MemorySize: 256 });
    expect(api.protocolErrors).toEqual([]);
  });
});
