import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/** Whether somebody listens on this port of this machine. */
function listens(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      answer(true);
    });
    socket.on('error', () => {
      answer(false);
    });
  });
}

const onPosix = process.platform === 'win32' ? test.skip : test;

onPosix(
  'SIGTERM to npm start ends the server in good order, and leaves its port free',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-npm-'));
    let group: number | null = null;
    try {
      // A package of its own, so that npm starts what package.json says and the data lies apart.
      for (const name of ['package.json', 'tsconfig.json', 'config.json']) {
        cpSync(join(ROOT, name), join(folder, name));
      }
      for (const name of [
        'node_modules',
        'server',
        'lib',
        'functions',
        'workers',
        'merchant',
        'simulator',
        'console',
      ]) {
        symlinkSync(join(ROOT, name), join(folder, name));
      }
      const npm = spawn('npm', ['start'], {
        cwd: folder,
        env: {
          ...process.env,
          PORT: '0',
          HOST: '127.0.0.1',
          DATA_DIR: join(folder, 'data'),
          NODE_OPTIONS: '--conditions=test-shop',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      group = npm.pid ?? null;
      const ended = once(npm, 'exit');
      let output = '';
      const { stdout } = npm;
      for await (const chunk of stdout.iterator({ destroyOnReturn: false })) {
        output += String(chunk);
        if (/open http:\S+/.test(output)) break;
      }
      expect(output).toMatch(/open http:\S+/);
      const port = Number(/open http:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1]);
      expect(await listens(port)).toBe(true);
      // The pipe ends when the last process that writes to it has.
      const silent = once(
        stdout.on('data', (chunk) => (output += String(chunk))),
        'close',
      );
      npm.kill('SIGTERM');
      await ended;
      await silent;
      expect(await listens(port)).toBe(false);
      expect(output).toContain('"event":"server_stopped"');
      group = null;
    } finally {
      if (group !== null) process.kill(-group, 'SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  },
  120_000,
);
