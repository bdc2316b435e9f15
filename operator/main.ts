import { command } from './command';

/* `npm run ops`. */
/** The second Ctrl-C ends the process, as without a listener. */
function onInterrupt(listener: () => void): () => void {
  process.once('SIGINT', listener);
  return () => process.off('SIGINT', listener);
}

const { stdin: input, stdout: output, stderr: errors, env: environment } = process;
void command(process.argv.slice(2), { environment, input, output, errors, onInterrupt }).then((code) => {
  process.exitCode = code;
});
