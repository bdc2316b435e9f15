import tcb from '@cloudbase/node-sdk';
import cloud from 'wx-server-sdk';
import { useFunctionEnvironment } from './function-environment';
import { startLoopbackCloudBase, type LoopbackCloudBase } from './gateway';
import { settled } from './sdk-results';

type CloudPayCall = (request: object) => Promise<unknown>;

/**
 * The SDK's types omit `cloudPay`. One method is picked directly: the object itself must not reach
 * a promise.
 */
function cloudPayMethod(name: string): CloudPayCall {
  const pay: unknown = Reflect.get(cloud, 'cloudPay');
  if (typeof pay !== 'object' && typeof pay !== 'function') throw new TypeError('the SDK has no cloudPay');
  const method: unknown = pay && Reflect.get(pay, name);
  if (!isCall(method)) throw new TypeError(`cloudPay has no ${name}`);
  return method;
}

function isCall(value: unknown): value is CloudPayCall {
  return typeof value === 'function';
}

let gateway: LoopbackCloudBase;
let restore: () => void;

beforeEach(async () => {
  gateway = await startLoopbackCloudBase();
  restore = useFunctionEnvironment(gateway);
  cloud.init({ env: gateway.envId });
});

afterEach(async () => {
  await gateway.stop();
  restore();
  expect(gateway.protocolErrors).toEqual([]);
});

const ORDER_NOT_EXIST = JSON.stringify({
  return_code: 'SUCCESS',
  result_code: 'FAIL',
  err_code: 'ORDERNOTEXIST',
  err_code_des: 'order not exist',
});

describe('WeChat Pay behind cloudPay', () => {
  it('gets the request in snake case and is answered in camel case', async () => {
    const asked: unknown[] = [];
    gateway.setPayApi(async (apiName, request, { apiToken }) => {
      asked.push({ apiName, request, apiToken });
      return { body: '{"return_code":"SUCCESS","prepay_id":"p1"}' };
    });
    const answer = await cloudPayMethod('unifiedOrder')({
      outTradeNo: 'T1',
      totalFee: 1,
      detail: { costPrice: 1 },
    });
    expect(asked).toEqual([
      {
        apiName: 'unifiedOrder',
        request: { out_trade_no: 'T1', total_fee: 1, detail: { cost_price: 1 } },
        apiToken: 'loopback-api-token',
      },
    ]);
    expect(answer).toMatchObject({ returnCode: 'SUCCESS', prepayId: 'p1', errCode: 0 });
    expect(gateway.countRequests({ apiName: 'unifiedOrder' })).toBe(1);
  });

  it('loses its err_code in wx-server-sdk but not in node-sdk', async () => {
    gateway.setPayApi(async () => ({ body: ORDER_NOT_EXIST }));
    const overwritten = await cloudPayMethod('queryOrder')({ outTradeNo: 'T1' });
    expect(overwritten).toMatchObject({ resultCode: 'FAIL', errCode: 0, errCodeDes: 'order not exist' });
    const raw: unknown = await tcb.init({ env: gateway.envId }).callWxPayApi({
      apiName: 'queryOrder',
      requestData: Buffer.from('{"out_trade_no":"T1"}'),
      apiOptions: Buffer.alloc(0),
    });
    expect(String(raw)).toBe(ORDER_NOT_EXIST);
  });

  it('answers bytes as bytes', async () => {
    const bill = Buffer.from([0x1f, 0x8b, 0x00, 0xff]);
    gateway.setPayApi(async () => ({ body: bill }));
    const answer = await cloudPayMethod('downloadBill')({ billDate: '20260101', tarType: 'GZIP' });
    expect(answer).toMatchObject({ data: bill });
  });

  it('is out of reach without a token', async () => {
    Reflect.deleteProperty(process.env, 'WX_API_TOKEN');
    gateway.setPayApi(async () => ({ body: ORDER_NOT_EXIST }));
    const asking = cloudPayMethod('queryOrder')({ outTradeNo: 'T1' });
    await expect(asking).rejects.toThrow('missing wxCloudApiToken');
    await expect(asking).rejects.toMatchObject({ errCode: -501007 });
  });
});

describe('other functions behind callFunction', () => {
  it('get the event and give back their value', async () => {
    gateway.setFunction('double', (event) => ({ got: event }));
    const answer = settled(await cloud.callFunction({ name: 'double', data: { n: 2 } }));
    expect(answer.result).toEqual({ got: { n: 2 } });
  });

  it('are reported missing when they are', async () => {
    const calling = async () => settled(await cloud.callFunction({ name: 'nobody', data: {} }));
    await expect(calling()).rejects.toThrow('nobody not found');
  });
});

describe('storage', () => {
  it('takes a file, gives it back and deletes it', async () => {
    const fileContent = Buffer.from('a bill 对账单');
    const { fileID } = await cloud.uploadFile({ cloudPath: 'bills/1 月.csv', fileContent });
    expect(fileID).toBe(gateway.storage.fileId('bills/1 月.csv'));
    expect(gateway.storage.files.get('bills/1 月.csv')).toEqual(fileContent);
    expect((await cloud.downloadFile({ fileID })).fileContent).toEqual(fileContent);
    const deleted = settled(await cloud.deleteFile({ fileList: [fileID] }));
    expect(deleted.fileList).toMatchObject([{ fileID, status: 0 }]);
    expect(gateway.storage.files.size).toBe(0);
  });
});
