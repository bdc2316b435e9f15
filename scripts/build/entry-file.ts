import { createHash } from 'node:crypto';
import { LEAST_CLOUD_NODE, RECOMMENDED_RUNTIME } from '../../lib/config/runtimes';

/** The file the platform loads: small, and readable by every Node.js there is. */
export const ENTRY_FILE = 'index.js';

/** The bundle beside it, which the entry file loads. */
export const CODE_FILE = 'main.js';

/**
 * The entry file of a function. A Node.js that is too old to read the bundle still reads this one,
 * ES5 to the last line, and every run then fails with one sentence that says what to do instead of
 * a syntax error: miniprogram-ci creates functions with Node.js 8.9. It also names the build, which
 * the platform's API shows (`npm run cloud -- status`).
 *
 * Failure policy: fail closed. It throws, so that no answer can be taken for an ack.
 */
export function entryFile(name: string, version: string, build: string): string {
  const advice =
    ` and needs ${LEAST_CLOUD_NODE} or later: the runtime of a function cannot be changed, so delete it, ` +
    `create it with Node.js ${RECOMMENDED_RUNTIME.replace('Nodejs', '')} and upload it again (docs/deploy.md)`;
  return `'use strict';
// wxpay-inbox ${version}, ${name}, build ${build}
if (parseInt(process.versions.node, 10) >= ${LEAST_CLOUD_NODE}) {
  exports.main = require('./${CODE_FILE}').main;
} else {
  exports.main = function () {
    throw new Error('${name} runs on Node.js ' + process.versions.node + '${advice}');
  };
}
`;
}

/** The build that an entry file names; null for any other text. */
export function buildNamedIn(text: string): string | null {
  return /^\/\/ wxpay-inbox \S+, \w+, build ([0-9a-f]{12})$/m.exec(text)?.[1] ?? null;
}

/**
 * The id of a build: of everything that is uploaded. Keys beside a bundle are part of it, so that a
 * changed key is a different build; a digest of so much randomness tells nothing about them.
 */
export function buildId(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 12);
}
