/* Made by app.js, after this file is read. */
const shop = () => getApp().shop;

/* What the shop offers. The prices that count are those of merchant/price.ts. */
const ARTICLES = [
  { sku: 'tea', name: '龙井茶 50g', price: '58.00' },
  { sku: 'cup', name: '青瓷杯', price: '32.00' },
  { sku: 'cake', name: '绿豆糕', price: '9.90' },
];

Page({
  data: { articles: ARTICLES, waiting: false, notice: null, unfinished: null },

  onShow() {
    const kept = shop().kept();
    this.setData({ unfinished: kept === null ? null : kept.outTradeNo });
  },

  async buy(event) {
    if (this.data.waiting) return;
    this.setData({ waiting: true, notice: null });
    const show = (notice) => this.setData({ notice });
    const last = await shop().buy([{ sku: event.currentTarget.dataset.sku, count: 1 }], show);
    this.setData({ waiting: false, notice: last });
    if (last.outTradeNo)
      wx.navigateTo({ url: `/pages/order/order?outTradeNo=${encodeURIComponent(last.outTradeNo)}` });
  },

  open() {
    wx.navigateTo({ url: `/pages/order/order?outTradeNo=${encodeURIComponent(this.data.unfinished)}` });
  },
});
