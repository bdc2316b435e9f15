import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { systemClock } from '../../lib/runtime/system-clock';
import { openClient } from '../client';
import { exporter } from './exporter';

/*
 * `npm run exporter`: /metrics of a shop in cloud functions, for a Prometheus on the same machine.
 * It listens on loopback only, because what it answers needs a token at its source.
 */

const { values } = parseArgs({ options: { url: { type: 'string' }, port: { type: 'string' } } });
const url = values.url ?? process.env['OPS_URL'];
const port = Number(values.port ?? 9464);

if (url === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) {
  process.stderr.write(
    'npm run exporter -- --url https://<address of the function ops> [--port 9464], with OPS_TOKEN\n',
  );
  process.exitCode = 2;
} else {
  const metrics = exporter(openClient(url, process.env['OPS_TOKEN'] ?? null), systemClock);
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    void metrics().then((text) => {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text);
    });
  });
  server.listen(port, '127.0.0.1', () => {
    process.stdout.write(`http://127.0.0.1:${port}/metrics\n`);
  });
}
