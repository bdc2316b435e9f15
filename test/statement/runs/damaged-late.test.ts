import { gzipSync } from 'node:zlib';
import type { BillAnswer } from '../../../lib/wechat/port';
import { bytesOf, writeBill } from '../bill';
import { bill, DAY, NO_BILL, paidOrderOf, sale, stageOf } from './stage';

const whole = gzipSync(bytesOf(writeBill([sale(1)])));

async function paidStage() {
  const stage = stageOf();
  await stage.store.orders.create(paidOrderOf(sale(1)));
  return stage;
}

test('a damaged bill is downloaded again as soon when it was late', async () => {
  const waited = async (answers: readonly BillAnswer[]) => {
    const stage = await paidStage();
    const cut = bill(whole.subarray(0, whole.length - 20));
    stage.bills.set(DAY, [...answers, cut, bill(whole)]);
    for (let turn = 1; turn <= 20; turn += 1) {
      await stage.turn();
      const { work, dueAt } = await stage.run();
      if (work.state === 'waiting' && work.reason === 'download_failed') return dueAt - stage.now();
      stage.goTo(dueAt);
    }
    throw new Error('no file was refused');
  };
  const late = Array.from({ length: 4 }, (): BillAnswer => NO_BILL);
  expect(await waited(late)).toBe(await waited([]));
});
