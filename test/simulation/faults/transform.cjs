const { createTransformer } = require('@swc/jest');

const { name, file, find, replace } = JSON.parse(process.env.FAULT);

/** As always, but for one file: see patch.ts, whose rule holds here too. */
module.exports = {
  createTransformer(options) {
    const swc = createTransformer(options);
    return {
      ...swc,
      // No mistake outlives its run: the file with the fault is another file to the cache.
      getCacheKey: (text, path, ...rest) =>
        swc.getCacheKey(path === file ? `${text}\n${process.env.FAULT}` : text, path, ...rest),
      process(text, path, ...rest) {
        if (path !== file) return swc.process(text, path, ...rest);
        const parts = text.split(find);
        if (parts.length !== 2)
          throw new Error(`${name}: ${file} has its place ${parts.length - 1} times, not once`);
        return swc.process(parts.join(replace), path, ...rest);
      },
    };
  },
};
