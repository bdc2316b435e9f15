const asyncHooks = require('node:async_hooks');
const { Script, constants } = require('node:vm');
const { default: JestRuntime } = require('jest-runtime');

/** Compiled files, by name. They are compiled once in a process, and run again for each suite. */
const scripts = new Map();

/**
 * Jest's module loader, with two savings. Our own modules are new in each suite, as ever, but not
 * compiled again. Packages that need no transform are those of the process: a suite that uses the
 * SDK of CloudBase, zod or pino finds them loaded by the suite before.
 */
class Runtime extends JestRuntime {
  constructor(config, ...rest) {
    super(config, ...rest);
    const isPackage = new RegExp(config.transformIgnorePatterns.join('|'));
    const { executor, cjsLoader } = this;
    const parameters = executor.injectedModuleParameters.join(', ');
    executor.compile = (source, filename) => functionOf(source, filename, parameters);
    const load = cjsLoader.loadModule.bind(cjsLoader);
    cjsLoader.loadModule = (module, from, name, path, options, registry) => {
      // Jest's own modules keep state, such as the cases of a suite.
      if (options?.isInternalModule) {
        withPlainContext(() => load(module, from, name, path, options, registry));
        return;
      }
      if (!isPackage.test(path)) {
        load(module, from, name, path, options, registry);
        return;
      }
      module.exports = require(path);
      module.loaded = true;
    };
  }
}

/**
 * What Jest keeps about the case that runs. Node's own storage follows each promise to say which
 * case it belongs to, which makes every `await` of a process twice as slow from then on. Cases run
 * one after the other, so the one that runs is the one.
 */
class PlainContext {
  run(value, run) {
    const before = this.value;
    const restore = () => {
      this.value = before;
    };
    this.value = value;
    try {
      const result = run();
      if (typeof result?.then !== 'function') restore();
      else return result.finally(restore);
      return result;
    } catch (error) {
      restore();
      throw error;
    }
  }

  getStore() {
    return this.value;
  }
}

/** Loads a module of Jest's own that makes such a storage while it is loaded. */
function withPlainContext(load) {
  const { AsyncLocalStorage } = asyncHooks;
  asyncHooks.AsyncLocalStorage = PlainContext;
  try {
    load();
  } finally {
    asyncHooks.AsyncLocalStorage = AsyncLocalStorage;
  }
}

/** The function that Jest calls with a module's `parameters` to run it. */
function functionOf(source, filename, parameters) {
  let known = scripts.get(filename);
  if (known?.source !== source || known.parameters !== parameters) {
    const script = new Script(`(function (${parameters}) {${source}\n})`, {
      filename,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    known = { source, parameters, script };
    scripts.set(filename, known);
  }
  return known.script.runInThisContext();
}

Object.defineProperty(module.exports, '__esModule', { value: true });
module.exports.default = Runtime;
