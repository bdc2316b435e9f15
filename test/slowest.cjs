const { relative } = require('node:path');

/** A run of fewer suites ends without the line: Jest shows how long each of them takes. */
const MANY = 20;

/** Ends a run of all suites with one line: which took longest, and what all took together. */
module.exports = class Slowest {
  onRunComplete(_contexts, { testResults }) {
    if (testResults.length < MANY) return;
    const suites = testResults
      .map(({ testFilePath, perfStats: { start, end } }) => ({
        name: relative(process.cwd(), testFilePath).replace(/^test\/|\.test\.tsx?$/g, ''),
        seconds: (end - start) / 1_000,
      }))
      .sort((a, b) => b.seconds - a.seconds);
    const all = suites.reduce((sum, { seconds }) => sum + seconds, 0);
    const slowest = suites.slice(0, 8).map(({ name, seconds }) => `${name} ${seconds.toFixed(0)} s`);
    console.log(`${suites.length} suites, ${all.toFixed(0)} s together; slowest: ${slowest.join(', ')}`);
  }
};
