import { command } from './command';

/* `npm run ops`. */
const { stdin: input, stdout: output, stderr: errors, env: environment } = process;
void command(process.argv.slice(2), { environment, input, output, errors }).then((code) => {
  process.exitCode = code;
});
