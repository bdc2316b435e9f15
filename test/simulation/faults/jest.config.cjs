const base = require('../../../jest.config.cjs');

/**
 * Runs tests with a deliberate fault in the code: see play.ts. Nothing is cached, so that no mistake outlives its run.
 * @type {import('jest').Config}
 */
module.exports = {
  ...base,
  rootDir: '../../..',
  cache: false,
  transform: Object.fromEntries(
    Object.entries(base.transform).map(([pattern, [, options]]) => [
      pattern,
      ['<rootDir>/test/simulation/faults/transform.cjs', options],
    ]),
  ),
};
