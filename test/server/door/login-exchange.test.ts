import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../../lib/config/config';
import { openLoginExchange } from '../../../server/door/login';

const simulated = { exchange: () => Promise.resolve({ kind: 'refused' } as const) };

test('without an appid the simulator plays the exchange', async () => {
  expect(await openLoginExchange(null, {}, simulated)).toBe(simulated);
});

test('with an appid WeChat is asked, and a start without its secret is refused', async () => {
  const refused = openLoginExchange('wx0123456789abcdef', {}, simulated);
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(/LOGIN_APP_SECRET: was missing.*wx0123456789abcdef/);
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-login-'));
  try {
    const file = join(folder, 'secret');
    writeFileSync(file, 'from-a-file\n');
    for (const env of [{ LOGIN_APP_SECRET: 'given' }, { LOGIN_APP_SECRET_FILE: file }]) {
      expect(await openLoginExchange('wx0123456789abcdef', env, simulated)).not.toBe(simulated);
    }
    const missing = { LOGIN_APP_SECRET_FILE: join(folder, 'none') };
    await expect(openLoginExchange('wx0', missing, simulated)).rejects.toThrow(/LOGIN_APP_SECRET_FILE/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
