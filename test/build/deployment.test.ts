import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { isSubMchId } from '../../lib/values/ids';
import { keyVariables } from '../../lib/wechat/v3/keys/key-sources';
import { ROOT } from '../../scripts/build/bundle';
import { SECRET_HEADER } from '../../server/door/gateways';
import { builtServer } from './built-server';

/*
 * The files of examples/deployment, as far as a machine without Docker, systemd as init and nginx
 * can hold them against what they deploy. An image was never built from here.
 */

const FOLDER = join(ROOT, 'examples', 'deployment');
const text = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

/** The instructions of a Dockerfile, continued lines joined, in stages. */
function stagesOf(dockerfile: string): readonly (readonly string[])[] {
  const lines = dockerfile
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const starts = lines.flatMap((line, n) => (line.startsWith('FROM ') ? [n] : []));
  return starts.map((start, n) => lines.slice(start, starts[n + 1]));
}

describe('the Dockerfile', () => {
  const stages = stagesOf(text('Dockerfile'));
  const image = stages.at(-1) ?? [];
  const one = (name: string): string => {
    const found = image.filter((line) => line.startsWith(`${name} `));
    expect([name, found.length]).toEqual([name, 1]);
    return (found[0] ?? '').slice(name.length + 1);
  };
  const environment = new Map(
    one('ENV')
      .split(' ')
      .map((pair): [string, string] => [pair.split('=')[0] ?? '', pair.split('=')[1] ?? '']),
  );

  test('copies only what the build writes, and starts it', async () => {
    const built = await builtServer();
    try {
      const copied = image.filter((line) => line.startsWith('COPY '));
      expect(copied).toEqual([
        'COPY --from=build /src/dist/server/ ./',
        'COPY --from=build /src/config.json ./config.json',
      ]);
      const command: unknown = JSON.parse(one('CMD'));
      expect(command).toEqual(['node', 'main.js']);
      for (const file of ['main.js', 'package.json', 'package-lock.json', 'console/index.html']) {
        expect([file, existsSync(join(built.folder, 'server', file))]).toEqual([file, true]);
      }
    } finally {
      rmSync(built.folder, { recursive: true, force: true });
    }
  });

  test('runs as a user without rights, with one folder for data', () => {
    expect(one('USER')).toBe('node');
    expect(one('VOLUME')).toBe(environment.get('DATA_DIR'));
    expect(image.indexOf('USER node')).toBeGreaterThan(image.findIndex((line) => line.startsWith('COPY ')));
    expect(one('RUN')).toBe(`install -d -o node -g node -m 0700 ${environment.get('DATA_DIR')}`);
    expect(environment.get('CONFIG')).toBe(`${one('WORKDIR')}/config.json`);
  });

  test('brings in what its first stage needs, and no key', () => {
    const [first = []] = stages;
    for (const line of first.filter((each) => /^COPY \S+\.json/.test(each))) {
      for (const file of line.split(' ').slice(1, -1)) expect(existsSync(join(ROOT, file))).toBe(true);
    }
    const ignored = text('Dockerfile.dockerignore').split('\n');
    for (const line of ['node_modules', 'dist', '.data', 'keys', '**/*.pem', '**/*.p12', '**/.env*'])
      expect(ignored).toContain(line);
    expect(text('Dockerfile')).not.toMatch(/WXPAY_|OPS_TOKEN|SECRET/);
  });

  test('finds a server healthy that says so, and no other', async () => {
    const health = one('HEALTHCHECK');
    const command: unknown = JSON.parse(health.slice(health.indexOf('CMD ') + 4));
    if (!Array.isArray(command)) throw new TypeError('the health check is no list');
    const [program, ...args] = command.map(String);
    expect(program).toBe('node');
    let status = 200;
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const address = server.address();
    const PORT = String(isAddress(address) ? address.port : 0);
    const check = () =>
      new Promise<number | null>((resolve) => {
        spawn(process.execPath, args, { env: { PORT } }).on('exit', (code) => resolve(code));
      });
    expect(await check()).toBe(0);
    status = 503;
    expect(await check()).toBe(1);
    await new Promise((resolve) => server.close(resolve));
    expect(await check()).toBe(1);
    expect(asked).toEqual(['/healthz', '/healthz']);
  });
});

function isAddress(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

test.each(['compose.yaml', 'wxpay-inbox.service'])('%s names keys as the server reads them', (name) => {
  const named = [...text(name).matchAll(/WXPAY_(\d+)_\w+/g)];
  expect(named).toHaveLength(5);
  for (const [variable, mchId] of named) {
    if (!isSubMchId(mchId)) throw new TypeError(variable);
    expect(variable).toMatch(/_FILE$/);
    expect(keyVariables(mchId)).toContain(variable.replace(/_FILE$/, ''));
  }
});

test('compose.yaml keeps the root read-only, and names every secret it uses', () => {
  const compose = text('compose.yaml');
  expect(compose).toContain('read_only: true');
  expect(compose).toContain('cap_drop: [ALL]');
  const used = /\n {4}secrets: \[(.*)\]/.exec(compose)?.[1]?.split(', ') ?? [];
  const declared = [...compose.matchAll(/\n {2}(\w+): \{ file: /g)].map(([, secret]) => secret);
  expect(declared.sort()).toEqual([...used].sort());
  const mounted = [...compose.matchAll(/\/run\/secrets\/(\w+)/g)].map(([, secret]) => secret);
  expect(mounted.sort()).toEqual([...used].sort());
});

test('the proxy takes away what only a gateway may say, and leaves notifications as they are', () => {
  const nginx = text('nginx.conf');
  for (const header of ['X-WX-SOURCE', 'X-WX-OPENID', SECRET_HEADER]) {
    expect(nginx.toLowerCase()).toContain(`proxy_set_header ${header.toLowerCase()} "";`);
  }
  expect(nginx).not.toMatch(/Wechatpay-\S+ ""|sub_filter|proxy_set_body|return 30\d/);
  for (const place of ['workers', 'metrics', 'simulator', 'demo']) {
    expect(nginx).not.toMatch(new RegExp(`location /${place}`));
  }
  // A header set inside a location would set aside all of the server's.
  for (const [location] of nginx.matchAll(/location [^{]*\{[^}]*\}/g)) {
    expect(location).not.toContain('proxy_set_header');
  }
});

const verifies = spawnSync('systemd-analyze', ['--version']).status === 0 ? test : test.skip;

verifies('systemd reads every line of the unit', () => {
  const said = execFileSync('systemd-analyze', ['verify', join(FOLDER, 'wxpay-inbox.service')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(said).toBe('');
});
