import { once } from 'node:events';
import { openMysqlStore } from '../../lib/store/mysql/open';
import { processDue } from './process-due';

/**
 * One server of several: connects, says so, waits for the word, and processes what is due with the
 * others. Arguments: address, number of this server.
 */
async function main(): Promise<void> {
  const [url = '', number = ''] = process.argv.slice(2);
  const store = await openMysqlStore({ url });
  process.send?.({ ready: true });
  await once(process, 'message');
  const before = process.cpuUsage();
  const applied = await processDue(store, { batch: 500, lanes: 2, log: 'silent', server: number });
  const { user, system } = process.cpuUsage(before);
  process.send?.({ applied, cpuMicros: user + system });
  await store.close();
}

void main();
