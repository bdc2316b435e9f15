import { createHash } from 'node:crypto';

/**
 * Plays `code2Session`: the same code is always the same pretended user, so that somebody who tries the service stays themselves. An
 * OPENID cannot be chosen: who does not know a user's code cannot become them. A code shorter than 16 characters is none.
 */
export function code2Session(code: string): Readonly<Record<string, unknown>> {
  if (code.length < 16) return { errcode: 40029, errmsg: 'invalid code' };
  const digest = createHash('sha256').update(`wx.login ${code}`).digest('base64url');
  return { openid: `oSim${digest.slice(0, 24)}`, session_key: digest.slice(24) };
}
