const { ModuleMocker } = require('jest-mock');

/** The symbols of the global object before the first suite. */
const FIRST = new Set(Object.getOwnPropertySymbols(globalThis));

/**
 * What surrounds a suite: the process's own globals. Jest's environment makes a new global object
 * for each suite: every access to it is slow, and no package can be shared with the next suite
 * (runtime.cjs). What a suite changes of globals and environment variables is undone when it ends.
 * There are no fake timers: tests play time with a clock of their own.
 */
module.exports = class OneRealm {
  constructor({ projectConfig }) {
    this.global = globalThis;
    this.moduleMocker = new ModuleMocker(globalThis);
    this.conditions = projectConfig.testEnvironmentOptions.customExportConditions;
    this.before = Object.getOwnPropertyDescriptors(globalThis);
    this.exit = process.exit;
    this.variables = process.env;
    // A plain object, as in Jest's own environment: Node asks the system at each access to its own,
    // and the SDK of CloudBase reads a dozen variables at each request.
    process.env = { ...process.env };
  }

  async setup() {
    // Jest keeps a suite's state under symbols, and reads it when something that a suite left
    // running fails after its end. The next suite begins without.
    for (const key of Object.getOwnPropertySymbols(globalThis)) {
      if (!FIRST.has(key)) Reflect.deleteProperty(globalThis, key);
    }
  }

  async teardown() {
    process.env = this.variables;
    process.exit = this.exit;
    for (const key of Object.getOwnPropertyNames(globalThis)) {
      const descriptor = this.before[key];
      if (descriptor === undefined) Reflect.deleteProperty(globalThis, key);
      else if (descriptor.configurable) Object.defineProperty(globalThis, key, descriptor);
    }
  }

  exportConditions() {
    return this.conditions;
  }

  /** Not a context of its own: `runtime.cjs` compiles for the one that is there. */
  getVmContext() {
    return globalThis;
  }
};
