import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { safeLoadAll } from 'js-yaml';
import { readConfig } from '../../lib/config/config';
import { isSubMchId } from '../../lib/values/ids';
import { isRecord } from '../../lib/values/json';
import { keyVariables } from '../../lib/wechat/v3/keys/key-sources';
import { ROOT } from '../../scripts/build/bundle';
import { checkCloudRun } from '../../server/money/cloud-run';
import { checkDatabase, checkForServer } from '../../server/settings';

/*
 * The manifests of examples/deployment, read as what applies them reads them, and held against the
 * image and the code. None was applied from here.
 */

const FOLDER = join(ROOT, 'examples', 'deployment');
const text = (...path: string[]) => readFileSync(join(...path), 'utf8');
const IMAGE = text(FOLDER, 'Dockerfile');
const image = (name: string): string => new RegExp(`\\b${name}=(\\S+)`).exec(IMAGE)?.[1] ?? '';

/** What is at this place, such as `spec.containers.0`; undefined where nothing is. */
function at(of: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    if (Array.isArray(value)) return value[Number(name)];
    return isRecord(value) ? value[name] : undefined;
  }, of);
}

function list(of: unknown, path: string): readonly Readonly<Record<string, unknown>>[] {
  const value = at(of, path);
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** Where the names of variables and paths must stand. */
const SOURCE = ['settings', 'data/database-url', 'door/login', 'door/routes', 'start']
  .map((name) => text(ROOT, 'server', `${name}.ts`))
  .concat(text(ROOT, 'lib', 'ops', 'people', 'tokens.ts'))
  .join('\n');

describe('kubernetes.yaml', () => {
  const written = text(FOLDER, 'kubernetes.yaml');
  const [deployment, service, budget] = safeLoadAll(written);
  const pod = at(deployment, 'spec.template.spec');
  const container = at(pod, 'containers.0');

  test('is a deployment, a service and a budget of the same pods', () => {
    expect([deployment, service, budget].map((one) => at(one, 'kind'))).toEqual([
      'Deployment',
      'Service',
      'PodDisruptionBudget',
    ]);
    const labels = at(deployment, 'spec.template.metadata.labels');
    expect(at(deployment, 'spec.selector.matchLabels')).toEqual(labels);
    expect(at(service, 'spec.selector')).toEqual(labels);
    expect(at(budget, 'spec.selector.matchLabels')).toEqual(labels);
  });

  test('reaches the port that the image listens on, at paths that the server answers', () => {
    const [port] = list(container, 'ports');
    expect(String(port?.['containerPort'])).toBe(image('PORT'));
    expect(at(service, 'spec.ports.0.targetPort')).toBe(port?.['name']);
    for (const [probe, path] of [
      ['startupProbe', '/livez'],
      ['readinessProbe', '/healthz'],
      ['livenessProbe', '/livez'],
    ] as const) {
      expect(at(container, `${probe}.httpGet`)).toEqual({ path, port: port?.['name'] });
      expect(SOURCE).toContain(`'${path}'`);
    }
  });

  test('runs as the image’s user on a root that is read-only, with folders for what is written', () => {
    expect(at(pod, 'securityContext')).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000 });
    expect(at(container, 'securityContext')).toEqual({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
    const volumes = new Map(list(pod, 'volumes').map((one) => [one['name'], one]));
    const writable = list(container, 'volumeMounts').filter((one) => one['readOnly'] !== true);
    expect(writable.map((one) => one['mountPath'])).toEqual([image('DATA_DIR'), '/tmp']);
    for (const one of list(container, 'volumeMounts')) expect(volumes.has(one['name'])).toBe(true);
    expect(at(pod, 'terminationGracePeriodSeconds')).toBe(75);
  });

  test('names variables that the server reads, and files that its comments bring in', () => {
    const given = [...written.matchAll(/--from-literal=(\w+)=/g)].map(([, name]) => name ?? '');
    expect(given).toEqual(['DATABASE_URL', 'OPS_TOKEN', 'LOGIN_SECRET', 'LOGIN_APP_SECRET']);
    for (const name of given) expect([name, SOURCE.includes(`'${name}'`)]).toEqual([name, true]);
    const files = [...written.matchAll(/--from-file=(\S+)/g)].map(([, name]) => name ?? '');
    const mounts = new Map(list(container, 'volumeMounts').map((one) => [one['name'], one['mountPath']]));
    const keys = list(container, 'env').filter((one) => String(one['name']).startsWith('WXPAY_'));
    expect(keys).toHaveLength(5);
    for (const { name, value } of keys) {
      const variable = String(name).replace(/_FILE$/, '');
      const mchId = /^WXPAY_(\d+)_/.exec(variable)?.[1];
      if (!isSubMchId(mchId)) throw new TypeError(variable);
      expect(keyVariables(mchId)).toContain(variable);
      expect(files.map((file) => `${String(mounts.get('keys'))}/${file}`)).toContain(value);
    }
    const config = list(container, 'env').find(({ name }) => name === 'CONFIG');
    expect(config?.['value']).toBe(`${String(mounts.get('config'))}/config.json`);
    expect(files).toContain('config.json');
  });
});

test('compose.yaml is read as YAML, and gives the image’s port and data folder', () => {
  const [compose] = safeLoadAll(text(FOLDER, 'compose.yaml'));
  const server = at(compose, 'services.wxpay-inbox');
  expect(server).toMatchObject({
    read_only: true,
    cap_drop: ['ALL'],
    ports: [`127.0.0.1:${image('PORT')}:${image('PORT')}`],
    volumes: [`wxpay-data:${image('DATA_DIR')}`],
    stop_grace_period: '75s',
  });
  expect(at(compose, 'volumes')).toEqual({ 'wxpay-data': null });
});

describe('container.config.json, for WeChat Cloud Run', () => {
  const config: unknown = JSON.parse(text(FOLDER, 'container.config.json'));

  test('names the image’s port and an existing Dockerfile, and never scales to nothing', () => {
    expect(String(at(config, 'containerPort'))).toBe(image('PORT'));
    expect(existsSync(join(ROOT, String(at(config, 'dockerfilePath'))))).toBe(true);
    expect(Number(at(config, 'minNum'))).toBeGreaterThanOrEqual(1);
  });

  test('holds no secret: those are set in the console', () => {
    expect(at(config, 'envParams')).toEqual({});
  });

  test.each(['channels.md', 'channels.zh-CN.md'])('starts with the settings that docs/%s shows', (page) => {
    const part = /### cloudrun\n.*?```json\n(.*?)```/s.exec(text(ROOT, 'docs', page))?.[1] ?? '';
    const shown = readConfig(JSON.parse(part), 'server');
    const databaseUrl = 'mysql://inbox:secret@10.0.0.5:3306/wxpay_inbox';
    const env = { CBR_ENV_ID: 'prod-8gxvz0f70375accc', LOGIN_SECRET: 'x'.repeat(32) };
    checkForServer(shown, 'real', 'kx3Vn0PqZ8sTf1LrWm6YbUcA9eHdJgRo');
    checkDatabase(shown, { databaseUrl }, 'real', env);
    checkCloudRun(shown, { databaseUrl }, 'real', env);
    expect(() => checkCloudRun(shown, {}, 'real', env)).toThrow('DATABASE_URL');
  });
});

test('the image is built without the cloud functions, whose keys it must not need', () => {
  expect(IMAGE).toContain('RUN npm run build -- --server\n');
  expect(text(FOLDER, 'Dockerfile.dockerignore').split('\n')).toContain('keys');
});
