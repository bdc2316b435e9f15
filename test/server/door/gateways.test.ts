import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { openGateways } from '../../../server/door/gateways';

const SECRET = 'a-secret-of-a-gateway-in-front-of-it';

const gateways = openGateways([{ name: 'proxy', addresses: [], secret: true }], {
  GATEWAY_PROXY_SECRET: SECRET,
});

function requestWith(headers: Readonly<Record<string, string[]>>): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.headersDistinct = { ...headers };
  return request;
}

// A client may send X-Forwarded-For itself: a gateway appends, so only its last entry is its own.
// Wrong tokens are counted by this address.
test('a caller’s address is what the gateway appended, never what the caller sent', () => {
  const vouched = { 'x-gateway-secret': [SECRET] };
  const addressOf = (forwarded: string[], by = {}): string =>
    gateways.addressOf(requestWith({ ...by, 'x-forwarded-for': forwarded }));
  expect(addressOf(['198.51.100.9, 203.0.113.7'], vouched)).toBe('203.0.113.7');
  expect(addressOf(['198.51.100.9', '203.0.113.7'], vouched)).toBe('203.0.113.7');
  expect(addressOf(['203.0.113.7'])).toBe('');
  expect(addressOf(['not-an-address'], vouched)).toBe('');
});
