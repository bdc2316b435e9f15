'use strict';

// One instance of a cloud function: the process that the function runner starts. It loads the bundle once, before
// any event and without an event's environment, as the real runtime does; then it runs one event at a time.
// Plain JavaScript, so that nothing but the bundle under test has to be compiled or loaded.

const bundle = process.argv[2];
let namesOfLastEvent = [];

// The channel to the runner is this process's only reason to live.
process.on('disconnect', () => process.exit(0));

function enter(environment) {
  for (const name of namesOfLastEvent) delete process.env[name];
  namesOfLastEvent = Object.keys(environment);
  Object.assign(process.env, environment);
}

function describe(error) {
  return error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error);
}

try {
  const { main } = require(bundle);
  process.on('message', async ({ event, context, environment }) => {
    enter(environment);
    try {
      const value = await main(event, context);
      process.send({ kind: 'returned', json: JSON.stringify(value) ?? 'null' });
    } catch (error) {
      process.send({ kind: 'threw', error: describe(error) });
    }
  });
  process.send({ kind: 'ready' });
} catch (error) {
  process.send({ kind: 'unloadable', error: describe(error) }, () => process.exit(1));
}
