const base = require('../../../jest.config.cjs');

/**
 * Runs tests with a deliberate fault in the code: see play.ts. The file with the fault is cached under a key of its own (transform.cjs).
 * @type {import('jest').Config}
 */
module.exports = {
  ...base,
  rootDir: '../../..',
  transform: Object.fromEntries(
    Object.entries(base.transform).map(([pattern, [, options]]) => [
      pattern,
      ['<rootDir>/test/simulation/faults/transform.cjs', options],
    ]),
  ),
};
