/* Loaded into the command before it starts: writes at its end what it has used, as JSON. */
const { writeFileSync } = require('node:fs');

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const used = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMib: maxRSS / 1024 };
  writeFileSync(process.env.BENCH_USED_FILE, JSON.stringify(used));
});
