/** One request the gateway received, whatever became of it. */
export interface RequestRecord {
  /** 1 for the first request since the gateway started, then 2, and so on. */
  readonly order: number;
  /**
   * The SDK's action, such as `database.insertDocument`; `storage.put` and `storage.get` for file
   * transfers.
   */
  readonly action: string;
  readonly collection?: string;
  readonly apiName?: string;
  readonly functionName?: string;
  readonly transactionId?: string;
  /** The body's fields as they came, for a test that must look closer. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Selects requests with all of the given values. An empty match selects every request. */
export interface RequestMatch {
  readonly action?: string;
  readonly collection?: string;
  readonly apiName?: string;
  readonly functionName?: string;
}

/** True when the record has every value the match names. */
export function matches(record: RequestRecord, match: RequestMatch): boolean {
  return (
    (match.action === undefined || record.action === match.action) &&
    (match.collection === undefined || record.collection === match.collection) &&
    (match.apiName === undefined || record.apiName === match.apiName) &&
    (match.functionName === undefined || record.functionName === match.functionName)
  );
}

/** What the gateway received, in order, and who wants to know when the next one comes. */
export interface RequestLog {
  readonly records: readonly RequestRecord[];
  /** How many matching requests came after `since` (an `order`) and after the last `reset`. */
  readonly count: (match?: RequestMatch & { readonly since?: number }) => number;
  /** Starts counting from zero. `order` goes on. */
  reset(): void;
  /**
   * Calls the listener for each request on arrival, before it is processed. Returns its removal.
   */
  onRequest(listener: (record: RequestRecord) => void): () => void;
  /**
   * Resolves with the `nth` (default: first) matching request from now on, before it is processed.
   */
  whenRequest(match: RequestMatch, nth?: number): Promise<RequestRecord>;
  /** Notes a request and tells the listeners. */
  add(request: {
    readonly action: string;
    readonly fields: Readonly<Record<string, unknown>>;
  }): RequestRecord;
}

/** Makes an empty log. */
export function newRequestLog(): RequestLog {
  const records: RequestRecord[] = [];
  const listeners = new Set<(record: RequestRecord) => void>();
  let order = 0;

  function onRequest(listener: (record: RequestRecord) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  return {
    records,
    onRequest,
    count: (match = {}) =>
      records.filter((record) => matches(record, match) && record.order > (match.since ?? 0)).length,
    reset() {
      records.length = 0;
    },
    whenRequest: (match, nth = 1) =>
      new Promise((resolve) => {
        let seen = 0;
        const forget = onRequest((record) => {
          if (!matches(record, match)) return;
          seen += 1;
          if (seen < nth) return;
          forget();
          resolve(record);
        });
      }),
    add({ action, fields }) {
      order += 1;
      const record: RequestRecord = {
        order,
        action,
        ...textField('collection', fields['collectionName']),
        ...textField('apiName', fields['apiName']),
        ...textField('functionName', fields['function_name']),
        ...textField('transactionId', fields['transactionId']),
        fields,
      };
      records.push(record);
      for (const listener of [...listeners]) listener(record);
      return record;
    },
  };
}

function textField<Name extends string>(name: Name, value: unknown): Partial<Record<Name, string>> {
  const field: Partial<Record<string, string>> = typeof value === 'string' ? { [name]: value } : {};
  return field;
}
