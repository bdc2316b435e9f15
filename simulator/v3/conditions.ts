/**
 * Which of WeChat Pay's keys sign now, and which certificates are listed:
 * - `public_key`: the public key alone; the merchant has no certificates, as every new merchant;
 * - `certificate`: the first platform certificate alone;
 * - `certificate_announced`: the second is listed too, and does not sign yet;
 * - `certificates_both`: both are listed, and they sign in turn;
 * - `certificate_replaced`: the second alone;
 * - `to_public_key`: the public key and the first certificate. An answer is signed with the one
 *   that the request's `Wechatpay-Serial` names, without one with the certificate; notifications
 *   are signed with both in turn, since WeChat Pay moves them over bit by bit;
 * - `unknown_key`: a key that nobody handed out signs, and no certificates are listed.
 */
export const KEY_STAGES = [
  'public_key',
  'certificate',
  'certificate_announced',
  'certificates_both',
  'certificate_replaced',
  'to_public_key',
  'unknown_key',
] as const;

/** Which of WeChat Pay's keys sign now. */
export type KeyStage = (typeof KEY_STAGES)[number];

/** Which hosts answer. The backup host is the one whose name contains `backup`. */
export const HOST_STATES = ['up', 'first_down', 'both_down'] as const;

/** Which hosts answer. */
export type HostState = (typeof HOST_STATES)[number];

/** How the simulated API v3 stands. The journal does not store it. */
export interface V3Conditions {
  readonly keys: KeyStage;
  readonly hosts: HostState;
  /** How far WeChat Pay's clock is ahead of the simulator's, in seconds; negative: behind. */
  readonly clockAheadSeconds: number;
}

/** Everything in order, with the keys of a new merchant. */
export const IN_ORDER: V3Conditions = { keys: 'public_key', hosts: 'up', clockAheadSeconds: 0 };
