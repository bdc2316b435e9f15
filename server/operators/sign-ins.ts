import { isIPv6 } from 'node:net';
import type { Clock, Instant } from '../../lib/values/instant';
import { later } from '../../lib/values/instant';

/*
 * Counts wrong tokens per address. After a few, the address must pause before its next attempt is
 * checked, each time twice as long. The pause also applies to a right token: otherwise somebody
 * could keep guessing during the pause. Sessions continue.
 */

/** How many failures are free, for people who mistype. */
const FREE_FAILURES = 5;

/**
 * The longest pause, in ms. Not longer, because several operators may share an address with
 * somebody who guesses.
 */
const LONGEST_PAUSE_MS = 60_000;

/** An address that was quiet for this long, in ms, starts anew. */
const FORGOTTEN_MS = 15 * 60_000;

/** The most addresses kept. Beyond it, the one that was quiet longest is dropped. */
const MOST_ADDRESSES = 4_096;

interface Failures {
  failures: number;
  failedAt: Instant;
}

/** The failed sign-ins of each address, in bounded memory. */
export interface SignIns {
  /** How long this address must still pause, in whole seconds; 0 when it may try. */
  pauseSeconds(address: string): number;
  failed(address: string): void;
  /**
   * Records a right token, after which the address starts anew. True unless it did so within the
   * last quarter of an hour.
   */
  succeeded(address: string, who: string): boolean;
}

/** Starts without any failures. */
export function openSignIns(clock: Clock): SignIns {
  const records = new Map<string, Failures>();
  const welcomed = new Map<string, Instant>();
  return {
    pauseSeconds(address) {
      const record = records.get(networkOf(address));
      if (record === undefined || record.failures < FREE_FAILURES) return 0;
      const since = Math.max(0, clock.now() - record.failedAt);
      return Math.max(0, Math.ceil((pauseMs(record.failures) - since) / 1000));
    },
    failed(address) {
      const network = networkOf(address);
      const now = clock.now();
      const before = records.get(network);
      const quiet = before === undefined || now > later(before.failedAt, FORGOTTEN_MS);
      remember(records, network, { failures: quiet ? 1 : before.failures + 1, failedAt: now });
    },
    succeeded(address, who) {
      const network = networkOf(address);
      records.delete(network);
      const key = `${who} ${network}`;
      const last = welcomed.get(key);
      const now = clock.now();
      if (last !== undefined && now >= last && now - last < FORGOTTEN_MS) return false;
      remember(welcomed, key, now);
      return true;
    },
  };
}

function pauseMs(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** Math.min(10, failures - FREE_FAILURES));
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MOST_ADDRESSES && oldest !== undefined) map.delete(oldest);
}

/**
 * A client with one IPv6 address controls its whole /64: the first four groups, some of which the
 * short form (`2001:db8::1`) may leave out. IPv4 in IPv6 form (`::ffff:…`) stands for itself.
 */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [left = '', right] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const groupsOf = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  const [before, after] = [groupsOf(left), groupsOf(right ?? '')];
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...(right === undefined ? [] : zeros), ...after].slice(0, 4).join(':');
}
