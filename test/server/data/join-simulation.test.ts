import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { systemTimers } from '../../../lib/runtime/timers';
import { openSqliteStore } from '../../../lib/store/sqlite/open';
import { joinSimulation } from '../../../server/simulated/join-simulation';
import { farSimulator } from '../../../server/simulated/far-simulator';
import { SIMULATED_HOSTS } from '../../../server/simulated/simulated-v3';
import { START } from '../../store/builders';
import { putNewStore } from '../../store/sqlite/harness';
import { inFolder, onServer } from '../running';

const clock = { now: () => START };

const joined = (
  run: (join: (dataDir: string) => ReturnType<typeof joinSimulation>, folder: string) => Promise<void>,
) =>
  inFolder(async (folder) => {
    const file = join(folder, 'shared.db');
    putNewStore(file);
    const store = openSqliteStore({ file });
    const { shared } = store;
    try {
      await run((dataDir) => joinSimulation({ shared, dataDir, clock, timers: systemTimers }), folder);
    } finally {
      store.close();
    }
  });

test('the first server on a folder plays WeChat Pay, and the others learn its address', () =>
  joined(async (joinIn, folder) => {
    const first = await joinIn(join(folder, 'data'));
    if (first.simulation.kind !== 'here') throw new TypeError(first.simulation.kind);
    await first.simulation.announce('http://0.0.0.0:3000');
    const second = await joinIn(join(folder, 'data'));
    if (second.simulation.kind !== 'elsewhere') throw new TypeError(second.simulation.kind);
    const { secret } = first.simulation;
    expect(await second.simulation.addressOf()).toEqual({ url: 'http://127.0.0.1:3000', secret });
    first.release();
    const third = await joinIn(join(folder, 'data'));
    expect(third.simulation.kind).toBe('here');
    third.release();
  }));

test('another folder is refused: its WeChat Pay would know none of the orders', () =>
  joined(async (joinIn, folder) => {
    const first = await joinIn(join(folder, 'data'));
    mkdirSync(join(folder, 'other'));
    await expect(joinIn(join(folder, 'other'))).rejects.toThrow(/lives in .*data: set DATA_DIR/);
    first.release();
  }));

test('a far simulator answers every call as the near one does, whatever tokens operators have', () =>
  inFolder((folder) =>
    onServer(
      folder,
      async (server) => {
        const outTradeNo = await server.order('request-far-1');
        const { url, system } = server;
        const at = (secret: string) => farSimulator(() => Promise.resolve({ url, secret }));
        const far = at(system.relaySecret ?? '');
        const request = { sub_mch_id: '1900000109', out_trade_no: outTradeNo, nonce_str: 'nonce' };
        const { body } = await far.payApi('queryOrder', request);
        expect(String(body)).toContain(`"out_trade_no":"${outTradeNo}","trade_state":"NOTPAY"`);
        await expect(at('another secret').payApi('queryOrder', request)).rejects.toThrow('401');
        const nobody = farSimulator(() => Promise.resolve(null));
        await expect(nobody.payApi('queryOrder', request)).rejects.toThrow('no server plays WeChat Pay');
        const v3 = {
          method: 'GET',
          url: `${SIMULATED_HOSTS[0]}/v3/nothing`,
          headers: {},
          body: null,
        } as const;
        expect(await nobody.transport({ ...v3, timeoutMs: 1_000, maxBytes: 100 })).toMatchObject({
          kind: 'failure',
        });
      },
      TOKEN,
    ),
  ));

const TOKEN = 'far-simulator-token-of-the-operators-1';
