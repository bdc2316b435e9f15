import { StoreError } from '../../errors';

/** A part of the store that is still missing. */
export function unbuilt(): Promise<never> {
  return Promise.reject(new StoreError('misconfigured', 'this part of the MySQL store is missing'));
}
