import type { InboxWrite, ToThread } from '../../lib/store/sqlite/commits/thread-messages';
import { takeGroup } from '../../lib/store/sqlite/commits/write-groups';
import { messageRow } from '../../lib/store/rows/new-message';
import { claimAt, freshToken, message, START } from './builders';

const record = (n: number): InboxWrite => ({ kind: 'record', row: messageRow(message(n)) });
const claim: InboxWrite = { kind: 'claim', request: claimAt(START) };
const settle = (): InboxWrite => ({ kind: 'settle', token: freshToken(), now: START, settlements: [] });
const [first, second, third] = [settle(), settle(), settle()];
const write = (...writes: readonly InboxWrite[]): ToThread => ({ kind: 'write', writes });

/** All groups that can be taken, one after the other. */
function groupsOf(told: ToThread[]): readonly (readonly InboxWrite[])[] {
  const groups: (readonly InboxWrite[])[] = [];
  for (let n = 0; n < 20; n += 1) {
    const group = takeGroup(told);
    if (group.length === 0) break;
    groups.push(group);
  }
  return groups;
}

describe('writes that share a commit', () => {
  it('are all that were told, in their order', () => {
    const told = [write(record(1), claim), write(record(2))];
    expect(groupsOf(told)).toEqual([[record(1), claim, record(2)]]);
    expect(told).toEqual([]);
  });

  it('end with a settlement, so that the worker it belongs to goes on while the next is written', () => {
    const told = [write(record(1), first, second, record(2)), write(claim), write(third)];
    expect(groupsOf(told)).toEqual([[record(1), first], [second], [record(2), claim, third]]);
    expect(told).toEqual([]);
  });

  it('stop before what is no write', () => {
    const told: ToThread[] = [write(record(1)), { kind: 'lend' }, write(record(2))];
    expect(groupsOf(told)).toEqual([[record(1)]]);
    expect(told).toEqual([{ kind: 'lend' }, write(record(2))]);
  });

  it('are not so many that nobody else is answered for long', () => {
    const told = Array.from({ length: 1_500 }, (_, n) => write(record(n)));
    expect(groupsOf(told).map(({ length }) => length)).toEqual([1_000, 500]);
  });
});
