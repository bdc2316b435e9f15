import type { Envelope } from '../../lib/model/envelope';
import { messageText } from '../../operator/views/views';
import { WORDS } from '../../operator/words';
import { onStage } from '../inbox/stage';
import { message } from '../store/builders';

const ENVELOPE: Envelope = {
  id: 'EV-2018022511223320873',
  eventType: 'TRANSACTION.SUCCESS',
  serial: 'PUB_KEY_ID_0001',
  check: 'clock',
};

test('an operator reads what proves the sender of a message, and which key signed it', () =>
  onStage(async ({ store }) => {
    await store.inbox.record({ ...message(1), envelope: ENVELOPE });
    const found = await store.inbox.find(message(1).key);
    if (found === null) throw new Error('the message is not there');
    const shown = (language: 'en' | 'zh', envelope = found.envelope) =>
      messageText(WORDS[language], { message: { ...found, envelope, actions: [] }, audit: [] });
    expect(shown('en')).toMatch(/clock +TRANSACTION\.SUCCESS +EV-2018022511223320873 +PUB_KEY_ID_0001/);
    expect(shown('zh')).toContain('来源校验');
    expect(shown('en', null)).not.toContain('origin check');
  }));
