import { Pool } from 'pg';
import type { DrainPeer } from './peers';
import { DRAIN_PEERS } from './peers';

/**
 * Processes a peer's queue and reports the time and the number of paid orders. Arguments: peer,
 * PostgreSQL, Redis port, messages.
 */

function isPeer(name: string): name is DrainPeer {
  return Object.hasOwn(DRAIN_PEERS, name);
}

async function main(): Promise<void> {
  const [peer = '', url = '', redisPort, messages] = process.argv.slice(2);
  if (!isPeer(peer)) throw new TypeError(`there is no peer ${peer}`);
  const pool = new Pool({ connectionString: url, max: 20 });
  const ids = Array.from({ length: Number(messages) }, (_, n) => `order-${n}`);
  await pool.query('CREATE TABLE orders (id text PRIMARY KEY, state text NOT NULL)');
  await pool.query(`INSERT INTO orders SELECT id, 'created' FROM unnest($1::text[]) AS id`, [ids]);
  const seconds = await DRAIN_PEERS[peer]({ pool, url, redisPort: Number(redisPort), ids });
  const { rows } = await pool.query<{ count: string }>(`SELECT count(*) FROM orders WHERE state = 'paid'`);
  process.send?.({ seconds, paid: Number(rows[0]?.count) });
}

void main();
