/**
 * What the real platform limits, and what nobody outside it knows. Each is a switch: a test turns
 * on what it is about, and may do so while the gateway runs. Absent: the loopback is kinder than
 * any platform.
 */
export interface PlatformLimits {
  /**
   * A read misses writes younger than this, in ms of the gateway's clock, as one that a replica
   * answers does. Writes always meet the documents as they are. `Infinity`: a read misses every
   * write since the last `database.catchUp()`.
   */
  readLagMs?: number;
  /**
   * An update of many documents lets other requests in between two documents, and meets each
   * document as it is by then. Every other update goes backwards.
   */
  interleaves?: boolean;
  /** More requests at a time are refused: one request is one connection. */
  connections?: number;
  /** More requests within one second of the gateway's clock are refused. */
  requestsPerSecond?: number;
  /** Counting takes this long, in ms of the gateway's timer, as over millions of documents. */
  countMs?: number;
  /** The most bytes of one result; more is refused. Default: 16 MiB. */
  resultBytes?: number;
  /** The most bytes of an `_id`. */
  idBytes?: number;
  /** The characters of an `_id`. */
  idCharacters?: RegExp;
  /**
   * How far the clock of a second host is ahead of the first one's, in ms; below 0: behind it. The
   * gateway knows no hosts: the harness that makes their clients gives the second one this clock.
   */
  clockAheadMs?: number;
}

/** How many bytes CloudBase returns to a client at most. */
export const ONE_MEGABYTE = 1024 * 1024;
