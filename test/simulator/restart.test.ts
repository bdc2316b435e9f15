import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileJournal, memoryJournal, type Journal } from '../../simulator/journal';
import { manualTime } from './manual-time';
import { named, stage, START } from './stage';

let directory: string;
let path: string;
const open: Journal[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'simulator-'));
  path = join(directory, 'journal');
});
afterEach(() => {
  for (const journal of open.splice(0)) journal.close();
  rmSync(directory, { recursive: true });
});

function opened(): Journal {
  const journal = fileJournal(path);
  open.push(journal);
  return journal;
}

const NO = () => ({ errcode: 1 });

describe.each<[string, () => () => Journal]>([
  [
    'in memory',
    () => {
      const journal = memoryJournal();
      return () => journal;
    },
  ],
  ['in a file', () => opened],
])('after a restart, with a journal %s', (_, kind) => {
  test('a payment that was not acked is delivered when it is due, and not before', async () => {
    const journal = kind();
    const time = manualTime(START);
    const before = stage({ callee: NO, journal: journal(), time });
    await before.order('T1');
    const { transactionId } = before.simulator.pay('T1');
    await time.pass(20_000);
    expect(before.received).toHaveLength(2);
    before.simulator.stop();

    const after = stage({ journal: journal(), time });
    await time.pass(9_000);
    expect(after.received).toEqual([]);
    await time.pass(1_000);
    expect(after.received).toMatchObject([{ at: 30_000, event: { outTradeNo: 'T1', transactionId } }]);
    await after.simulator.whenAcked('T1');
    await after.simulator.whenQuiet();
    expect(after.simulator.describe('T1')).toMatchObject({ deliveries: 3, acks: 1 });
    expect(after.received[0]?.event).toEqual(before.received[0]?.event);
  });

  test('what fell due meanwhile is delivered at once', async () => {
    const journal = kind();
    const time = manualTime(START);
    const before = stage({ callee: NO, journal: journal(), time });
    await before.order('T1');
    before.simulator.pay('T1', { faults: { delayMs: 1000 } });
    before.simulator.stop();
    await time.pass(3600_000);
    expect(before.received).toEqual([]);

    const after = stage({ journal: journal(), time });
    await time.pass(0);
    expect(after.received).toMatchObject([{ at: 3600_000 }]);
  });

  test('a delivery that was under way counts as not acked', async () => {
    const journal = kind();
    const time = manualTime(START);
    const open: (() => void)[] = [];
    const before = stage({
      journal: journal(),
      time,
      callee: () => new Promise((resolve) => open.push(() => resolve({ errcode: 0 }))),
    });
    await before.order('T1');
    before.simulator.pay('T1');
    await time.pass(1);
    before.simulator.stop();
    open.forEach((answer) => answer());

    const after = stage({ journal: journal(), time });
    await time.pass(15_000);
    expect(after.received).toHaveLength(1);
    await after.simulator.whenAcked('T1');
  });

  test('an acked payment is not delivered again, but its duplicates are', async () => {
    const journal = kind();
    const time = manualTime(START);
    let before: ReturnType<typeof stage> | undefined = stage({
      journal: journal(),
      time,
      callee: (n) => {
        if (n === 2) before?.simulator.stop();
        return { errcode: 0 };
      },
    });
    await before.order('T1');
    await before.order('T2');
    before.simulator.pay('T1', { faults: { duplicates: 3 } });
    await time.pass(0);
    expect(before.received).toHaveLength(2);
    before = undefined;

    const after = stage({ journal: journal(), time });
    await time.pass(3600_000);
    expect(after.received).toHaveLength(2);
    await after.simulator.whenQuiet();
    expect(after.simulator.orders().map(({ order }) => order.asked.outTradeNo)).toEqual(['T1', 'T2']);
  });

  test('orders and payments are as they were', async () => {
    const journal = kind();
    const before = stage({ journal: journal() });
    await before.order('T1', { time_expire: '20260301130000', attach: 'a' });
    await before.order('T2');
    before.simulator.pay('T2');
    await before.time.pass(0);
    before.simulator.stop();

    const after = stage({ journal: journal() });
    expect(after.simulator.orders()).toEqual(before.simulator.orders());
    expect(await after.call('queryOrder', named('T2'))).toMatchObject({ trade_state: 'SUCCESS' });
    expect(after.simulator.pay('T1').transactionId).not.toBe(
      before.simulator.describe('T2')?.order.payment?.transactionId,
    );
  });
});

test('who waits on a stopped simulator is told', async () => {
  const { simulator, order } = stage({ callee: NO });
  await order('T1');
  simulator.pay('T1');
  const waiting = [simulator.whenAcked('T1'), simulator.whenQuiet()];
  simulator.stop();
  for (const promise of [...waiting, simulator.whenQuiet()]) {
    await expect(promise).rejects.toMatchObject({ code: 'stopped' });
  }
});

describe('the journal file', () => {
  async function written(): Promise<string[]> {
    const { order, simulator } = stage({ journal: opened() });
    await order('T1');
    await order('T2');
    simulator.stop();
    return readFileSync(path, 'utf8').split('\n').slice(0, -1);
  }

  test.each([1, 10, 500])(
    'loses a last line that lacks its last %d characters, and goes on after it',
    async (cut) => {
      const [first = ''] = await written();
      const whole = readFileSync(path, 'utf8');
      writeFileSync(path, whole.slice(0, Math.max(first.length + 1, whole.length - cut)));

      const after = stage({ journal: opened() });
      expect(after.simulator.describe('T1')).not.toBeNull();
      expect(after.simulator.describe('T2')).toBeNull();
      await after.order('T3');
      expect(
        opened()
          .read()
          .map((entry) => (entry.kind === 'order' ? entry.order.asked.outTradeNo : entry.kind)),
      ).toEqual(['T1', 'T3']);
    },
  );

  test('is not opened when another line is broken, and stays as it is', async () => {
    await written();
    appendFileSync(path, '{"asked":1}\n');
    const before = readFileSync(path);
    expect(() => fileJournal(path)).toThrow(/line 3 .*delete the file/);
    expect(readFileSync(path)).toEqual(before);
  });

  test('is made when there is none', () => {
    expect(opened().read()).toEqual([]);
  });
});
