import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import type { KillAt } from './kill-rounds';
import { aftermath, killedRound } from './kill-rounds';
import { migratedWith, migrationRound } from './migration-round';
import { prepareFolder } from './real-process';
import { siege } from './siege';

/**
 * Every tenth kill strikes a migration, three of ten the copying of the log, the others an ack or
 * any moment.
 */
const MIGRATION_EVERY = 10;

const ORDERS_PER_ROUND = 10;
const MIGRATED_ORDERS = 30_000;

/** A generator of numbers from 0 to 1 that a seed decides (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function aimOf(round: number, random: () => number): KillAt {
  if (round % 10 < 3) return { kind: 'checkpoint' };
  if (round % 10 < 6) return { kind: 'ack', n: 1 + Math.floor(random() * (ORDERS_PER_ROUND - 1)) };
  return { kind: 'time', ms: Math.floor(random() * 400) };
}

/**
 * `npm run torture -- --kills 200 [--seed 1]`: kills the real process that often and checks the
 * books. With `--servers 4` that many servers share one MariaDB, and as many blows strike them, it
 * and the network between them.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '20' },
      seed: { type: 'string', default: String(Date.now()) },
      servers: { type: 'string', default: '0' },
    },
  });
  const [kills, seed] = [Number(values.kills), Number(values.seed)];
  const random = randomFrom(seed);
  const servers = Number(values.servers);
  if (servers > 0) {
    await besiege(servers, kills, seed, random);
    return;
  }
  process.stdout.write(`torture: ${kills} kills, seed ${seed}\n`);
  const format = '{bar} {value}/{total} kills | {acked} acked | {eta_formatted} left';
  const bar = new SingleBar({ format, noTTYOutput: true, notTTYSchedule: 10_000 }, Presets.shades_classic);
  const root = mkdtempSync(join(tmpdir(), 'wxpay-inbox-torture-'));
  const folder = join(root, 'shop');
  const acked: string[] = [];
  const struck = { checkpoint: 0, ack: 0, time: 0, migration: 0 };
  const problems: string[] = [];
  try {
    mkdirSync(folder);
    prepareFolder(folder);
    bar.start(kills, 0, { acked: 0 });
    for (let round = 0; round < kills; round += 1) {
      if (round % MIGRATION_EVERY === MIGRATION_EVERY - 1) {
        const old = join(root, `old-${round}`);
        mkdirSync(old);
        const ms = Math.floor(random() * 600);
        const { killedAt, after } = await migrationRound(old, MIGRATED_ORDERS, ms);
        const wanted = JSON.stringify(migratedWith(MIGRATED_ORDERS));
        if (JSON.stringify(after) !== wanted) problems.push(`round ${round}: ${JSON.stringify(after)}`);
        if (killedAt.version < migratedWith(0).version) struck.migration += 1;
        rmSync(old, { recursive: true, force: true });
      } else {
        const at = aimOf(round, random);
        const killed = await killedRound(folder, `round-${round}`, ORDERS_PER_ROUND, at);
        if (killed.struck) struck[at.kind] += 1;
        acked.push(...killed.acked);
      }
      bar.update(round + 1, { acked: acked.length });
    }
    bar.stop();
    const books = await aftermath(folder, acked);
    const { missing, wrong, pending, dead, integrity } = books;
    if (missing.length + wrong.length + pending + dead > 0 || !integrity.includes('"ok"')) {
      problems.push(JSON.stringify(books));
    }
    process.stdout.write(
      `${JSON.stringify({ kills, seed, acked: acked.length, struck, missing: missing.length, wrong: wrong.length, pending, dead })}\n`,
    );
  } finally {
    bar.stop();
    if (problems.length === 0) rmSync(root, { recursive: true, force: true });
  }
  if (problems.length === 0) return;
  process.stderr.write(`torture: the books are wrong, the folder is kept: ${root}\n${problems.join('\n')}\n`);
  process.exitCode = 1;
}

/** Plays the blows, prints the books, and keeps the folder when they are wrong. */
async function besiege(servers: number, blows: number, seed: number, random: () => number): Promise<void> {
  process.stdout.write(`torture: ${servers} servers, ${blows} blows, seed ${seed}\n`);
  const root = mkdtempSync(join(tmpdir(), 'wxpay-inbox-torture-'));
  const said = await siege({
    folder: join(root, 'shop'),
    servers,
    rounds: blows,
    ordersPerRound: ORDERS_PER_ROUND,
    random,
    progress: (round, acked) => {
      if (round % 10 === 0) process.stdout.write(`${round} blows, ${acked} acked\n`);
    },
  });
  const { missing, wrong, keys, pending, dead } = said;
  process.stdout.write(`${JSON.stringify(said)}\n`);
  if (missing.length + wrong.length + keys.length + pending + dead === 0) {
    rmSync(root, { recursive: true, force: true });
    return;
  }
  process.stderr.write(`torture: the books are wrong, the folder is kept: ${root}\n`);
  process.exitCode = 1;
}

void main();
