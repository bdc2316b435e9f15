import { useAsk } from '../api/use-ask';
import { monthText } from '../reading/time';
import { useSession } from '../session';
import { SignedChip } from '../view/books/sign-off';
import { Code, Empty, Go, Pending, Trouble, Waiting } from '../view/parts';

/** The months of each merchant, the latest first, and how far they are signed. */
export function Books() {
  const { words } = useSession();
  const { answer, failure, waiting } = useAsk('list_books', {});
  return (
    <>
      <div class="bar">
        <h1>{words.books.months}</h1>
      </div>
      {answer === null ? (
        <Pending failure={failure} />
      ) : (
        <div class="list">
          <Waiting waiting={waiting} />
          {failure === null ? null : <Trouble failure={failure} />}
          {answer.months.length === 0 ? (
            <Empty what={words.books.monthsEmpty} />
          ) : (
            <div class="scroll">
              <table>
                <thead>
                  <tr>
                    <th scope="col">{words.books.months}</th>
                    <th scope="col">{words.column.merchant}</th>
                    <th scope="col" class="number">
                      {words.books.runs}
                    </th>
                    <th scope="col" class="number">
                      {words.books.signedDays}
                    </th>
                    <th scope="col">{words.books.signOff.title}</th>
                  </tr>
                </thead>
                <tbody>
                  {answer.months.map(({ subMchId, month, runs, signedDays, isSigned }) => (
                    <tr key={`${subMchId}:${month}`} data-row>
                      <td data-label={words.books.months}>
                        <Go to={{ screen: 'month', id: `${subMchId}:${month}` }} data-row-link>
                          {monthText(month)}
                        </Go>
                      </td>
                      <td data-label={words.column.merchant}>
                        <Code>{subMchId}</Code>
                      </td>
                      <td class="number" data-label={words.books.runs}>
                        {runs}
                      </td>
                      <td class="number" data-label={words.books.signedDays}>
                        {signedDays}
                      </td>
                      <td data-label={words.books.signOff.title}>
                        <SignedChip standing={isSigned ? 'signed' : 'unsigned'} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </div>
      )}
    </>
  );
}
