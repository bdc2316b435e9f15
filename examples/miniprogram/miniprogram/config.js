/*
 * Where the functions are.
 *
 * Cloud development: { kind: 'cloud', env: 'prod-8gxvz0f70375accc' }
 * A server:          { kind: 'server', url: 'https://pay.example.com' }
 *
 * `npm start` serves http://127.0.0.1:3000 with simulated money. wx.requestPayment knows only real
 * money, so `simulated: true` pays there instead. Leave it out of a mini program that people use.
 */
module.exports = { kind: 'server', url: 'http://127.0.0.1:3000', simulated: true };
