/** @type {import('jest').Config} */
module.exports = {
  // Suites share the globals of their process, its packages and what is compiled.
  testEnvironment: '<rootDir>/test/jest/environment.cjs',
  runtime: '<rootDir>/test/jest/runtime.cjs',
  // `#merchant/price` and `#merchant/fulfill` are those of test/shop, so that no test depends on
  // what a merchant edits.
  testEnvironmentOptions: { customExportConditions: ['test-shop', 'node', 'node-addons'] },
  // Processes and threads that suites start run compiled files.
  globalSetup: '<rootDir>/test/compiled/compile.cjs',
  globalTeardown: '<rootDir>/test/compiled/remove.cjs',
  moduleNameMapper: { '/runtime/own-thread$': '<rootDir>/test/compiled/own-thread.ts' },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.[jt]sx?$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }],
  },
  // p-retry and its one dependency are published as ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!(p-retry|is-network-error)/)'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  // The checks of `npm test` run beside: a case may get half of a core.
  testTimeout: 60_000,
  // All cores: by default Jest leaves one of two idle. The limit frees what a worker has loaded.
  maxWorkers: '100%',
  workerIdleMemoryLimit: '700MB',
  // A worker that ends holds nothing open, but a gigabyte of memory to give back. On a busy machine
  // that takes longer than the half second after which Jest kills it and says that tests leak.
  workerGracefulExitTimeout: 10_000,
  testSequencer: '<rootDir>/test/sequencer.cjs',
  reporters: ['default', '<rootDir>/test/slowest.cjs'],
};
