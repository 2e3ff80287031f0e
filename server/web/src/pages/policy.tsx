import { useRoute } from 'preact-iso/router';
import { useAnswer } from '../api/live';
import type { PolicySet } from '../api/policy_types';
import { plural } from '../app/words';
import { CopyButton } from '../parts/copy';
import { Page } from '../parts/page';
import { Loaded } from '../parts/states';
import { When } from '../parts/when';

// One policy set as it was: the very files that verdicts of that time rest on.
export function PolicyPage() {
  const digest = useRoute().params['digest'] ?? '';
  const answer = useAnswer<PolicySet>(`/policy-sets/${encodeURIComponent(digest)}`);
  const set = answer.data;
  const name = `Policy ${digest.slice(0, 8)}`;
  const files = Object.entries(set?.files ?? {});
  return (
    <Page
      key={digest}
      title={name}
      crumbs={[{ name: 'Rules', href: '/rules' }]}
      heading={name}
      under={
        set && (
          <>
            {set.in_force ? 'In force' : 'No longer in force'}; first in force <When at={set.first_in_force} />.{' '}
            {plural(files.length, 'file')}. <code class="breaks">{set.digest}</code>
          </>
        )
      }
    >
      <Loaded answer={answer} rows={10}>
        {() =>
          files.map(([file, text]) => (
            <details key={file} class="card file" open={files.length < 4}>
              <summary>
                <h2>{file}</h2>
              </summary>
              <div class="file-copy">
                <CopyButton text={text} />
              </div>
              <pre tabIndex={0} aria-label={file}>
                {text}
              </pre>
            </details>
          ))
        }
      </Loaded>
    </Page>
  );
}
