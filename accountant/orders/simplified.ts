/** Characters of headers and states, traditional then simplified. */
const PAIRS =
  '單单號号額额訂订狀状態态時时間间實实應应買买賣卖戶户幣币種种類类經经費费稅税貨货運运發发關关閉闭過过確确認认際际' +
  '當当結结處处無无敗败銷销廢废轉转賬账帳账總总計计數数筆笔業业務务員员紅红優优線线國国購购價价調调請请審审駁驳還还' +
  '選选項项備备註注聯联統统訖讫異异';

const SIMPLIFIED: ReadonlyMap<string, string> = new Map(
  PAIRS.match(/../gu)?.map((pair): [string, string] => [pair.slice(0, 1), pair.slice(1)]),
);

/** A text of headers or states in simplified characters. */
export function simplified(text: string): string {
  return /[\u4e00-\u9fff]/.test(text)
    ? text.replace(/[\u4e00-\u9fff]/g, (one) => SIMPLIFIED.get(one) ?? one)
    : text;
}
