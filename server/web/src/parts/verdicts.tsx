import { useState } from 'preact/hooks';
import type { Desktop, RuleVerdict } from '../api/types';
import { counts, plural, ruleGrades, say, spaced } from '../app/words';
import { RuleEvidence } from './evidence';
import { GradeBadge, gradeClass } from './grade';
import { Icon } from './icon';
import { Card } from './page';
import { Remedy } from './remedy';
import { RuleName, VendorLink } from './rule';

const attention = (rule: RuleVerdict) => rule.grade !== 'compliant' && rule.grade !== 'not_applicable';
const isOpen = (rule: RuleVerdict) => attention(rule) && counts(rule.severity);

// What counts stands before what is shown for information alone; then the worst first.
const rank = (rule: RuleVerdict) =>
  (attention(rule) ? (counts(rule.severity) ? 0 : 10) : 20) + ruleGrades.indexOf(rule.grade);
const worstFirst = (rules: RuleVerdict[]) => [...rules].sort((a, b) => rank(a) - rank(b));

function Verdict({ rule, desktop }: { rule: RuleVerdict; desktop: Desktop }) {
  return (
    <details
      class={`verdict ${gradeClass(rule.grade)}${counts(rule.severity) ? '' : ' is-info'}`}
      open={isOpen(rule)}
    >
      <summary>
        <GradeBadge grade={rule.grade} />
        <span class="verdict-name">
          {rule.title}
          {rule.why && <span class="verdict-why">{rule.why}</span>}
          {rule.waiver && <span class="verdict-why">{rule.waiver.text}</span>}
        </span>
        <Icon name="right" />
      </summary>
      <div class="verdict-body">
        <dl class="versus">
          <div>
            <dt>Expected</dt>
            <dd>{say(rule.expected)}</dd>
          </div>
          <div>
            <dt>Actual</dt>
            <dd>{say(rule.actual)}</dd>
          </div>
        </dl>
        <RuleEvidence rule={rule} desktop={desktop} />
        {attention(rule) && rule.remediation && (
          <Remedy text={rule.remediation}>
            {rule.contact && <p class="faint">Who can: {spaced(rule.contact)}</p>}
          </Remedy>
        )}
        <p class="verdict-foot">
          <RuleName rule={{ ...rule, title: rule.id }} /> <VendorLink url={rule.url} />
        </p>
      </div>
    </details>
  );
}

// Every rule with what it expected, what it found and on what evidence; failing ones are open.
export function Verdicts({ desktop }: { desktop: Desktop }) {
  const [all, setAll] = useState(false);
  const rules = worstFirst(desktop.verdict?.rules ?? []);
  const idle = rules.filter((rule) => rule.grade === 'not_applicable').length;
  const shown = all ? rules : rules.filter((rule) => rule.grade !== 'not_applicable');
  return (
    <Card title="Verdict" class="flush">
      {shown.map((rule) => (
        <Verdict key={rule.id} rule={rule} desktop={desktop} />
      ))}
      {idle > 0 && !all && (
        <p class="card-note verdict-rest">
          <button type="button" class="text-button" onClick={() => setAll(true)}>
            Show {plural(idle, 'rule')} that {idle === 1 ? 'does' : 'do'} not apply to this desktop
          </button>
        </p>
      )}
    </Card>
  );
}
