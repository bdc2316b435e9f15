import type { RunTally } from '../../../lib/model/statement/statement-run';
import { count } from '../../reading/money';
import { useSession } from '../../session';
import { Fact, Money } from '../parts';

/** What canaries paid and got back, which is part of the sums beside it; nothing without any. */
export function CanaryFact({ canary }: { readonly canary: RunTally['canary'] | null }) {
  const { words } = useSession();
  if (canary === undefined || canary === null) return null;
  const sides = [
    [words.run.payments, canary.payments],
    [words.run.refunds, canary.refunds],
  ] as const;
  return (
    <Fact name={words.run.report.label.canary}>
      {sides.map(([name, { count: items, sum }]) => (
        <div key={name}>
          {name} {count(items)} · <Money fen={sum} />
        </div>
      ))}
    </Fact>
  );
}
