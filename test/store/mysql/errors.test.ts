import { StoreError } from '../../../lib/store/errors';
import { mysqlAddress } from '../../../lib/store/mysql/base/address';
import { toMysqlError } from '../../../lib/store/mysql/base/errors';
import { encryption } from '../../../lib/store/mysql/base/link';
import { statementText } from '../../../lib/store/mysql/base/sql';

/** The code of the `StoreError` it throws. */
function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof StoreError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

const serverError = (errno: number, text: string): Error =>
  Object.assign(new Error(text), { errno, code: 'ER_ANY', sqlState: 'HY000' });

describe('errors of a MySQL server', () => {
  test.each([
    [1062, 'duplicate', 'invalid'],
    [1213, 'conflict', 'overloaded'],
    [1205, 'locked', 'overloaded'],
    [9004, 'locked', 'overloaded'],
    [1020, 'conflict', 'overloaded'],
    [8002, 'conflict', 'overloaded'],
    [3101, 'conflict', 'overloaded'],
    [9007, 'conflict', 'overloaded'],
    [1290, 'lost', 'unavailable'],
    [1792, 'lost', 'unavailable'],
    [1836, 'lost', 'unavailable'],
    [1053, 'lost', 'unavailable'],
    [1040, 'refused', 'overloaded'],
    [1047, 'lost', 'unavailable'],
    [1203, 'refused', 'overloaded'],
    [1153, 'lost', 'too_large'],
    [1114, 'refused', 'overloaded'],
    [1045, 'refused', 'misconfigured'],
    [1049, 'refused', 'misconfigured'],
    [1146, 'refused', 'misconfigured'],
    [1406, 'refused', 'invalid'],
    [3141, 'refused', 'invalid'],
    [4038, 'refused', 'invalid'],
    [1712, 'refused', 'damaged'],
    [59999, 'refused', 'unavailable'],
  ] as const)('number %d is %s and %s, whatever its text says', (errno, kind, code) => {
    for (const text of ["Duplicate entry 'x' for key 'y'", 'Deadlock found', '数据重复', '']) {
      expect(toMysqlError(serverError(errno, text))).toMatchObject({ kind, code });
    }
  });

  test.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'PROTOCOL_CONNECTION_LOST'])(
    'an error of the network (%s) leaves the effect unknown, whatever its text says',
    (code) => {
      const error = Object.assign(new Error("Duplicate entry 'x'"), { errno: -104, code });
      expect(toMysqlError(error)).toMatchObject({ kind: 'lost', code: 'unavailable' });
    },
  );

  test('TLS that fails names its fix, and a connection that breaks meanwhile stays one', () => {
    const failed = (code: string, more = {}): Error => Object.assign(new Error('x'), { code, ...more });
    const misconfigured = { kind: 'lost', code: 'misconfigured' };
    for (const code of ['HANDSHAKE_SSL_ERROR', 'HANDSHAKE_NO_SSL_SUPPORT']) {
      expect(toMysqlError(failed(code))).toMatchObject(misconfigured);
      expect(toMysqlError(failed(code)).message).toContain('tls_ca');
    }
    const broken = toMysqlError(failed('HANDSHAKE_SSL_ERROR', { errno: -104 }));
    expect(broken).toMatchObject({ kind: 'lost', code: 'unavailable' });
  });

  test('the message quotes nothing of the server', () => {
    expect(toMysqlError(serverError(1406, "oUpF8 for column 'payer'")).message).not.toContain('oUpF8');
  });
});

describe('DATABASE_URL', () => {
  test('is read with encoded parts', () => {
    expect(mysqlAddress('mysql://shop:p%40ss%2Fw@db.internal:3307/my%2Dshop')).toEqual({
      host: 'db.internal',
      port: 3307,
      socketPath: null,
      user: 'shop',
      password: 'p@ss/w',
      database: 'my-shop',
      tls: null,
    });
    expect(mysqlAddress('mysql://shop@[::1]/shop?tls=on')).toMatchObject({
      host: '::1',
      port: 3306,
      tls: { ca: null },
    });
  });

  test('with the authorities of the system accepts only a certificate for its host', () => {
    expect(encryption({ ca: null })).toEqual({ verifyIdentity: true });
    expect(encryption({ ca: 'a certificate' })).toEqual({ ca: 'a certificate' });
  });

  test.each([
    'postgres://shop:secret@db/shop',
    'mysql://shop:secret@db',
    'mysql://shop:secret@db/a/b',
    'mysql://shop:sec%ret@db/shop',
    'mysql://shop:secret@db/shop?multipleStatements=true',
    'shop',
  ])('is refused without naming its parts: %s', (url) => {
    expect(codeOf(() => mysqlAddress(url))).toBe('misconfigured');
    expect(() => mysqlAddress(url)).not.toThrow(/secret/);
  });
});

describe('the text of a statement', () => {
  test('has values in place of their marks, and reads none in a value', () => {
    expect(statementText('a = ?2 AND b = ?1 AND c = ?', ["it's ?1", 5, null])).toBe(
      "a = 5 AND b = 'it\\'s ?1' AND c = 5",
    );
  });

  test('has lists and rows', () => {
    expect(
      statementText('IN (?) VALUES ?', [
        [1, 'a'],
        [
          [1, null],
          [2, '\\'],
        ],
      ]),
    ).toBe("IN (1, 'a') VALUES (1, NULL), (2, '\\\\')");
    expect(statementText('IN (?)', [[]])).toBe('IN (SELECT NULL FROM DUAL WHERE FALSE)');
  });

  test('is refused with a value too few, or a number that is not whole', () => {
    expect(codeOf(() => statementText('? ?', [1]))).toBe('invalid');
    for (const number of [Number.NaN, 0.5, 2 ** 60]) {
      expect(codeOf(() => statementText('?', [number]))).toBe('invalid');
    }
  });
});
