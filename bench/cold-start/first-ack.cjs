'use strict';

// One cold start: loads a bundle, passes it one event, and reports the answer. The parent's clock
// measures.

const [bundle, event] = process.argv.slice(2);
const { main } = require(bundle);
const readyMs = performance.now();

main(JSON.parse(event), {}).then((answer) => {
  const { user, system } = process.cpuUsage();
  const cpuMs = (user + system) / 1000;
  const line = JSON.stringify({ answer, readyMs, cpuMs, rssMb: process.memoryUsage.rss() / 1e6 });
  process.stdout.write(`first ack ${line}\n`, () => process.exit(0));
});
