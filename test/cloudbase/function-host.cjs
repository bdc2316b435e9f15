'use strict';

// One instance of a cloud function: the process that the function runner starts. It loads the
// bundle once, before any event and without an event's environment, like the real runtime; then it
// runs one event at a time. Plain JavaScript, so that only the bundle under test needs compiling or
// loading.

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
