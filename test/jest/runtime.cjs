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
      if (options?.isInternalModule || !isPackage.test(path)) {
        load(module, from, name, path, options, registry);
        return;
      }
      module.exports = require(path);
      module.loaded = true;
    };
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
