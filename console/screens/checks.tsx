import type { OpsOperations } from '../../lib/ops/api';
import { useAsk } from '../api/use-ask';
import { useSession } from '../session';
import { Chip, Code, Pending, Trouble, Waiting } from '../view/parts';
import { FINDING_TONE } from '../view/tones';
import { Workers } from '../view/workers';

type ShownFinding = OpsOperations['doctor']['answer']['findings'][number];

const ORDER = ['error', 'unknown', 'warning', 'ok'] as const;

/** The doctor's checks of this deployment, problems first. */
export function Checks() {
  const { words } = useSession();
  const { answer, failure, waiting } = useAsk('doctor', {});
  return (
    <>
      <div class="bar">
        <h1>{words.place.checks}</h1>
        <p class="about">{words.checks.lead}</p>
      </div>
      {answer === null ? (
        <Pending failure={failure} />
      ) : (
        <div class="list">
          <Waiting waiting={waiting} />
          {failure === null ? null : <Trouble failure={failure} />}
          <ul class="findings">
            {ORDER.flatMap((level) => answer.findings.filter((finding) => finding.level === level)).map(
              (finding) => (
                <FindingLine key={`${finding.check} ${finding.what}`} finding={finding} />
              ),
            )}
          </ul>
        </div>
      )}
      <Workers />
    </>
  );
}

/**
 * One finding. In Chinese it is told in the check's own words; the server's sentence, which quotes
 * settings and answers and is English, stands below.
 */
function FindingLine({ finding: { check, level, what, fix, ...more } }: { readonly finding: ShownFinding }) {
  const { words, language } = useSession();
  const chinese = language === 'zh' ? more.chinese : null;
  const remedy = fix === '' ? '' : (chinese?.fix ?? fix);
  return (
    <li>
      <Chip tone={FINDING_TONE[level]}>{words.checks.level[level]}</Chip>
      <div class="check">
        {chinese === null ? null : <strong>{chinese.name} </strong>}
        <Code>{check}</Code>
      </div>
      <div class="finding">
        <p>{chinese?.what ?? what}</p>
        {remedy === '' ? null : (
          <p class="fix">
            <strong>{words.checks.fix}</strong> {remedy}
          </p>
        )}
        {chinese === null ? null : <small lang="en">{fix === '' ? what : `${what}: ${fix}`}</small>}
      </div>
    </li>
  );
}
