import type { Desktop, FactRow, RuleVerdict } from '../api/types';
import { cpuidName, missingReason, plural, readingsByWeight, say } from '../app/words';

type Readings = Record<string, string>;

export function FactAnswer({ fact }: { fact: FactRow }) {
  if (fact.missing !== undefined) return <em class="missing">{missingReason(fact.missing)}</em>;
  return (
    <>
      {say(fact.value)}
      {fact.unit && <span class="faint"> {fact.unit}</span>}
    </>
  );
}

function Reading({ locator, text }: { locator: string; text: string | undefined }) {
  const name = cpuidName(locator, text ?? '');
  return (
    <li>
      <code>{locator}</code>
      {text !== undefined && <samp>{name ? `“${name}”` : text}</samp>}
    </li>
  );
}

// One fact with the raw readings it rests on, the telling ones first and only a few of them at once.
export function Evidence({ fact, readings, most = 3 }: { fact: FactRow; readings: Readings; most?: number }) {
  if (fact.sources.length === 0) {
    return (
      <span class="faint">
        {fact.class === 'derived' ? 'derived by the collector' : 'no reading came with it'}
      </span>
    );
  }
  const ordered = readingsByWeight(fact.sources, readings);
  const shown = ordered.length <= most + 1 ? ordered : ordered.slice(0, most);
  const rest = ordered.slice(shown.length);
  const list = (locators: string[]) => (
    <ul class="readings">
      {locators.map((locator) => (
        <Reading key={locator} locator={locator} text={readings[locator]} />
      ))}
    </ul>
  );
  return (
    <div>
      {list(shown)}
      {rest.length > 0 && (
        <details class="fold">
          <summary>{plural(rest.length, 'more reading')}</summary>
          {list(rest)}
        </details>
      )}
    </div>
  );
}

function Facts({ facts, readings }: { facts: FactRow[]; readings: Readings }) {
  return (
    <dl>
      {facts.map((fact) => (
        <div key={fact.key}>
          <dt title={fact.sentence}>
            <code>{fact.key}</code>
          </dt>
          <dd>
            <b>
              <FactAnswer fact={fact} />
            </b>
            <Evidence fact={fact} readings={readings} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

// The facts that a rule looked at: those that its sentence names, and the rest folded away.
export function RuleEvidence({ rule, desktop }: { rule: RuleVerdict; desktop: Desktop }) {
  const facts = rule.facts.map(
    (key): FactRow =>
      desktop.facts.find((fact) => fact.key === key) ?? {
        key,
        missing: 'not_gathered',
        class: '',
        known: false,
        sentence: '',
        unit: '',
        sources: [],
      },
  );
  if (facts.length === 0) return null;
  const named = facts.filter(({ key }) => rule.why.includes(key));
  const shown = named.length > 0 ? named : facts;
  const rest = facts.filter((fact) => !shown.includes(fact));
  return (
    <div class="evidence">
      <h4>Evidence</h4>
      <Facts facts={shown} readings={desktop.readings} />
      {rest.length > 0 && (
        <details class="fold">
          <summary>{plural(rest.length, 'more fact')} that this rule looks at</summary>
          <Facts facts={rest} readings={desktop.readings} />
        </details>
      )}
    </div>
  );
}
