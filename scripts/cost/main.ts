import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../build/bundle';
import type { CostLine } from './estimate';
import { estimate } from './estimate';

/* `npm run cost`: what a shop in cloud functions costs a month, by the model of docs/scale.md. */

const USAGE = `npm run cost -- --payments <a month> [--unpaid <orders a month that are never paid>] [--trigger]

  --trigger   with the database trigger and timers of a minute (docs/deploy.md), instead of default timers
`;

const { values } = parseArgs({
  options: { payments: { type: 'string' }, unpaid: { type: 'string' }, trigger: { type: 'boolean' } },
});
const [payments, unpaid] = [Number(values.payments ?? NaN), Number(values.unpaid ?? 0)];

if (!Number.isSafeInteger(payments) || payments < 0 || !Number.isSafeInteger(unpaid) || unpaid < 0) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  const page = readFileSync(join(ROOT, 'docs', 'scale.md'), 'utf8');
  const lines = estimate(page, { payments, unpaid, timers: values.trigger === true ? 'trigger' : 'default' });
  process.stdout.write(`${'a month'.padEnd(30)}${'calls'.padStart(12)}${'call packs, yuan'.padStart(22)}`);
  process.stdout.write(`${'as you go, yuan'.padStart(18)}\n`);
  for (const line of lines) process.stdout.write(lineText(line));
  process.stdout.write(
    'A model (docs/scale.md): prices as listed there, without your own functions, storage and traffic.\n',
  );
}

function lineText({ what, calls, packs: [low, high], asYouGo }: CostLine): string {
  const price = asYouGo === null ? 'not listed' : asYouGo.toFixed(2);
  const range = `${low.toFixed(2)} to ${high.toFixed(2)}`;
  return `${what.padEnd(30)}${new Intl.NumberFormat('en').format(calls).padStart(12)}${range.padStart(22)}${price.padStart(18)}\n`;
}
