const { openShop } = require('./lib/purchase');
const { backend } = require('./lib/backend');
const config = require('./config');

App({
  onLaunch() {
    if (config.kind === 'cloud') wx.cloud.init({ env: config.env });
    this.shop = openShop({ wx, call: backend(wx, config) });
  },
});
