/*
 * Calls the functions, on cloud development or on a server: docs/api.md. A call answers what the
 * function answers; it rejects when nothing is known, such as without a network.
 */

/** A login is renewed this long before it ends, in ms. */
const SPARE_MS = 60000;

/** How long one call may take, in ms: a function asks WeChat Pay, which may take 10 s. */
const TIMEOUT_MS = 25000;

/** The way to call functions that the settings name. */
function backend(wx, config) {
  return config.kind === 'cloud' ? cloud(wx) : server(wx, config);
}

function cloud(wx) {
  return (name, data) => wx.cloud.callFunction({ name, data }).then(({ result }) => result);
}

function server(wx, { url, simulated = false }) {
  let login = null;

  const post = (path, data, token) =>
    new Promise((resolve, reject) => {
      wx.request({
        url: url + path,
        method: 'POST',
        timeout: TIMEOUT_MS,
        header: Object.assign(
          { 'content-type': 'application/json' },
          token === null ? {} : { authorization: `Bearer ${token}` },
        ),
        data,
        success: ({ data: answer }) => resolve(answer),
        fail: ({ errMsg }) => reject(new Error(errMsg)),
      });
    });

  const code = () =>
    new Promise((resolve, reject) => {
      wx.login({ success: (got) => resolve(got.code), fail: ({ errMsg }) => reject(new Error(errMsg)) });
    });

  /* WeChat knows its user by any code. The simulated one knows them by the code alone: keep it. */
  const codeOfUser = async () => {
    if (!simulated) return code();
    const kept = wx.getStorageSync('simulatedCode') || (await code());
    wx.setStorageSync('simulatedCode', kept);
    return kept;
  };

  const token = async () => {
    if (login !== null && login.expiresAt - Date.now() > SPARE_MS) return login.token;
    const answer = await post('/functions/login', { code: await codeOfUser() }, null);
    if (!answer || answer.ok !== true) throw new Error('the login was refused');
    login = answer;
    return login.token;
  };

  const call = async (name, data) => {
    const answer = await post(`/functions/${name}`, data, await token());
    if (!answer || typeof answer.ok !== 'boolean') throw new Error('the answer cannot be read');
    // A server that was restarted with another secret no longer knows the login.
    if (answer.code === 'NO_PAYER') login = null;
    return answer;
  };
  if (simulated) call.pay = (outTradeNo) => post('/simulator/pay', { outTradeNo }, null);
  return call;
}

module.exports = { backend };
