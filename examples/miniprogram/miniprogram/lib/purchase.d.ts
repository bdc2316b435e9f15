/** What the payer is told. */
export interface Shown {
  readonly state: 'unpaid' | 'confirming' | 'paid' | 'fulfilled' | 'attended' | 'closed' | 'refused';
  readonly title: string;
  readonly hint: string;
  readonly outTradeNo?: string;
  readonly code?: string;
  readonly order?: { readonly outTradeNo: string; readonly payment: string; readonly fulfilment: string };
}

/** Calls a function: `pay` is there with simulated money only. */
export interface Call {
  (name: string, data: object): Promise<Readonly<Record<string, unknown>>>;
  pay?: (outTradeNo: string) => Promise<unknown>;
}

/** The part of `wx` that is used. */
export interface Wx {
  getStorageSync(key: string): unknown;
  setStorageSync(key: string, value: unknown): void;
  removeStorageSync(key: string): void;
  requestPayment(options: {
    readonly success: () => void;
    readonly fail: (failure: { readonly errMsg?: string }) => void;
  }): void;
}

/** A purchase that is not over. */
export interface Kept {
  readonly requestId: string;
  readonly cart: string;
  readonly outTradeNo: string | null;
  /** The sheet of WeChat Pay was shown, and not cancelled. */
  readonly mayBePaid: boolean;
}

/** The shop. */
export interface Shop {
  buy(cart: unknown, show?: (shown: Shown) => void): Promise<Shown>;
  look(outTradeNo: string): Promise<Shown>;
  follow(outTradeNo: string, show?: (shown: Shown) => void): Promise<Shown>;
  close(outTradeNo: string): Promise<Shown>;
  kept(): Kept | null;
}

/** Opens the shop. `sleep` and `requestId` are for tests. */
export function openShop(parts: {
  readonly wx: Wx;
  readonly call: Call;
  readonly sleep?: (ms: number) => Promise<void>;
  readonly requestId?: () => string;
}): Shop;
