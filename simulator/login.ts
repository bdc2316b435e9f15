import { createHash } from 'node:crypto';

/**
 * Simulates `code2Session`: the same code always gives the same simulated user, so that somebody
 * who tries the service keeps an identity. An OPENID cannot be chosen: without a user's code,
 * nobody can become that user. Codes shorter than 16 characters are invalid.
 */
export function code2Session(code: string): Readonly<Record<string, unknown>> {
  if (code.length < 16) return { errcode: 40029, errmsg: 'invalid code' };
  const digest = createHash('sha256').update(`wx.login ${code}`).digest('base64url');
  return { openid: `oSim${digest.slice(0, 24)}`, session_key: digest.slice(24) };
}
