import { openPorts } from '../../lib/hosting/cloud/ports';
import { wakeFulfilment } from '../../lib/hosting/cloud/helpers';
import { wakingFulfilment } from '../../lib/hosting/waking-fulfilment';
import { noted } from '../../lib/hosting/noted-runs';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { followRefundsInCloud } from './worker';

/** The entry point the timer starts. */
export const main = cloudWorker('followRefunds', () => {
  const ports = openPorts('followRefunds');
  const run = wakingFulfilment(ports, wakeFulfilment, followRefundsInCloud);
  return noted(ports, 'followRefunds', run);
});
