import { Pool } from 'pg';

/**
 * What tutorials do with a payment, on PostgreSQL at an address: read the order, mark it paid, note
 * the delivery, all before the answer. The order is created first, as if it existed already.
 */
export async function paidInline(
  url: string,
): Promise<(id: string | null, payment: string) => Promise<void>> {
  const pool = new Pool({ connectionString: url, max: 20 });
  await pool.query(
    'CREATE TABLE IF NOT EXISTS orders (id text PRIMARY KEY, state text NOT NULL, payment jsonb, delivered_at timestamptz)',
  );
  return async (id, payment) => {
    const client = await pool.connect();
    try {
      await client.query(`INSERT INTO orders (id, state) VALUES ($1, 'created') ON CONFLICT DO NOTHING`, [
        id,
      ]);
      await client.query('BEGIN');
      const { rows } = await client.query('SELECT state FROM orders WHERE id = $1', [id]);
      if (rows.length === 0) throw new Error('the order is missing');
      await client.query(
        `UPDATE orders SET state = 'paid', payment = $2 WHERE id = $1 AND state = 'created'`,
        [id, payment],
      );
      await client.query('UPDATE orders SET delivered_at = now() WHERE id = $1', [id]);
      await client.query('COMMIT');
    } finally {
      client.release();
    }
  };
}
