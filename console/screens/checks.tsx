import { useAsk } from '../api/use-ask';
import { useSession } from '../session';
import { Chip, Code, Pending, Trouble, Waiting } from '../view/parts';
import { FINDING_TONE } from '../view/tones';

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
                <li key={`${finding.check} ${finding.what}`}>
                  <Chip tone={FINDING_TONE[finding.level]}>{words.checks.level[finding.level]}</Chip>
                  <Code>{finding.check}</Code>
                  <p>{finding.what}</p>
                  {finding.fix === '' ? null : (
                    <p class="fix">
                      <strong>{words.checks.fix}</strong> {finding.fix}
                    </p>
                  )}
                </li>
              ),
            )}
          </ul>
        </div>
      )}
    </>
  );
}
