'use strict';

// Runs one event through a built function in a separate process, because a bundle may keep its
// process alive or break it.
process.once('message', ({ bundle, event }) => {
  Promise.resolve()
    .then(() => require(bundle).main(event, {}))
    .then(
      (answer) => process.send({ answer: answer === undefined ? null : answer }),
      (error) => process.send({ error: String(error) }),
    );
});
