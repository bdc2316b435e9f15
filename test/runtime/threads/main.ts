import { startThread } from '../../../lib/runtime/own-thread';

/* A program that starts a thread and prints what it says. */
startThread(__dirname, 'thread', { workerData: 'ready' })
  .on('message', (said) => {
    console.log(said);
  })
  .on('error', (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
