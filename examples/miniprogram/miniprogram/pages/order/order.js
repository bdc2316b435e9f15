/* Made by app.js, after this file is read. */
const shop = () => getApp().shop;

Page({
  data: { outTradeNo: '', shown: null, waiting: false },

  onLoad({ outTradeNo }) {
    this.setData({ outTradeNo: decodeURIComponent(outTradeNo) });
  },

  /* Also when the payer comes back from somewhere else. */
  async onShow() {
    await this.refresh();
  },

  async onPullDownRefresh() {
    await this.refresh();
    wx.stopPullDownRefresh();
  },

  async refresh() {
    if (this.data.waiting) return;
    this.setData({ waiting: true });
    this.setData({ shown: await shop().look(this.data.outTradeNo), waiting: false });
  },

  async close() {
    if (this.data.waiting) return;
    this.setData({ waiting: true });
    this.setData({ shown: await shop().close(this.data.outTradeNo), waiting: false });
  },
});
