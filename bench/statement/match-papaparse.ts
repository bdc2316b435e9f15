import { createReadStream } from 'node:fs';
import Papa from 'papaparse';
import { measured } from './measured';
import { peerBooks } from './peer-books';

/**
 * Runs in a separate process: the same comparison with PapaParse, as a stream. Quotes are text:
 * bills have no quoting.
 */
void measured(async (bill, rows) => {
  const books = peerBooks(rows);
  return () =>
    new Promise((resolve, reject) => {
      Papa.parse<string[]>(createReadStream(bill), {
        delimiter: ',`',
        quoteChar: '\u0000',
        skipEmptyLines: true,
        step: ({ data }) => {
          books.take(data);
        },
        complete: () => {
          resolve(books.end());
        },
        error: reject,
      });
    });
});
