import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STORE_PARTS } from './conformance';

test.each(STORE_PARTS)('the promises about %s have a suite on CloudBase', (part) => {
  const suite = readFileSync(join(__dirname, 'cloudbase', `${part}.test.ts`), 'utf8');
  expect(suite).toContain(`describeOnCloudBase('${part}');`);
});
