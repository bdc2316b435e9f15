import type { Call } from './purchase';

/** The part of `wx` that calls. */
export interface CallingWx {
  login?(options: {
    readonly success: (got: { readonly code: string }) => void;
    readonly fail: (failure: { readonly errMsg: string }) => void;
  }): void;
  request?(options: {
    readonly url: string;
    readonly method: string;
    readonly header: Readonly<Record<string, string>>;
    readonly data: object;
    readonly success: (response: { readonly data: unknown }) => void;
    readonly fail: (failure: { readonly errMsg: string }) => void;
  }): void;
  getStorageSync?(key: string): unknown;
  setStorageSync?(key: string, value: unknown): void;
  readonly cloud?: {
    callFunction(options: {
      readonly name: string;
      readonly data: object;
    }): Promise<{ readonly result: unknown }>;
  };
}

/** The way to call functions that the settings name. */
export function backend(
  wx: CallingWx,
  config:
    | { readonly kind: 'cloud'; readonly env: string }
    | { readonly kind: 'server'; readonly url: string; readonly simulated?: boolean },
): Call;
