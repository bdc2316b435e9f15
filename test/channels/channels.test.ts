import { readFileSync } from 'node:fs';
import { openChannel } from './stage';
import { STORIES } from './stories';
import { CHANNELS, printed, saidOn, storyNames } from './table';

describe.each(CHANNELS)('on %s', (channel) => {
  test.each(storyNames())('%s', async (story) => {
    const on = openChannel(channel);
    try {
      expect(await STORIES[story](on)).toBe(saidOn(channel, story));
    } finally {
      on.simulator.stop();
    }
  });
});

test.each([
  ['docs/channel-answers.md', 'en'],
  ['docs/channel-answers.zh-CN.md', 'zh'],
] as const)('%s prints the table', (page, language) => {
  expect(readFileSync(page, 'utf8')).toContain(printed(language));
});
