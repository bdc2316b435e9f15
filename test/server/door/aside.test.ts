import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { MOST_ASIDE, openPlaces } from '../../../server/door/aside';

const endless = (request: IncomingMessage) => once(request, 'close').then(() => 'closed' as const);

test('a body too many closes the one that is on its way longest, and none of another lane', async () => {
  const places = openPlaces({ enter: async () => () => undefined });
  const ends: Promise<unknown>[] = [];
  const begin = (lane: 'payer' | 'operator'): IncomingMessage => {
    const request = new IncomingMessage(new Socket());
    ends.push(
      places.within(
        request,
        lane,
        async () => void (await places.readAside(request, () => endless(request))),
      ),
    );
    return request;
  };
  const operator = begin('operator');
  const slow = Array.from({ length: MOST_ASIDE }, () => begin('payer'));
  await new Promise(setImmediate);
  expect([operator, ...slow].filter(({ destroyed }) => destroyed)).toEqual([]);

  const late = begin('payer');
  await new Promise(setImmediate);
  const [first, second] = slow;
  expect([first, second, late, operator].map((one) => one?.destroyed)).toEqual([true, false, false, false]);

  for (const request of [operator, late, ...slow]) request.destroy();
  await Promise.all(ends);
});
