import { useState } from 'preact/hooks';
import type { RuleCount, RuleGrade } from '../api/types';
import { desktopsLink } from '../app/url';
import { counts, gradeName, plural, ruleGrades } from '../app/words';
import { Count } from './count';
import { GradeMark } from './grade';
import { Icon } from './icon';
import { RuleName } from './rule';
import { Table } from './table';

// Only the columns that say something: the four grades, and waived where there is any.
const columnsOf = (rules: RuleCount[]) =>
  ruleGrades.filter(
    (grade) => grade !== 'not_applicable' && (grade !== 'waived' || rules.some((rule) => rule.waived > 0)),
  );

const troubles = (rule: RuleCount) => rule.noncompliant + rule.unknown + rule.conditional;
const applies = (rule: RuleCount) => troubles(rule) + rule.compliant + rule.waived > 0;

// What needs attention and counts, then what needs it and does not count, then the rest; else as it came.
const rank = (rule: RuleCount) => (troubles(rule) === 0 ? 2 : counts(rule.severity) ? 0 : 1);
const sorted = (rules: RuleCount[]) => [...rules].sort((a, b) => rank(a) - rank(b));

function Row({ pool, rule, columns }: { pool: string; rule: RuleCount; columns: RuleGrade[] }) {
  const href = (grade: RuleGrade) => desktopsLink({ pool, rule: rule.id, rule_grade: grade });
  return (
    <tr class={counts(rule.severity) ? undefined : 'is-info'}>
      <th scope="row" class="cell-why">
        <RuleName rule={rule} />
        {rule.why && <p>{rule.why}</p>}
        {rule.excuse && <p>{rule.excuse}</p>}
        {troubles(rule) > 0 && rule.remediation && (
          <details class="fold">
            <summary>What to do</summary>
            <p class="fix">
              <Icon name="wrench" />
              {rule.remediation}
            </p>
          </details>
        )}
      </th>
      {columns.map((grade) => (
        <td key={grade} class="num">
          <Count
            n={rule[grade]}
            grade={grade}
            href={href(grade)}
            of={`desktops ${gradeName(grade).toLowerCase()} for: ${rule.title}`}
          />
        </td>
      ))}
    </tr>
  );
}

// Rules × how many desktops stand where; each count opens those desktops.
export function RuleMatrix({ pool, rules }: { pool: string; rules: RuleCount[] }) {
  const [all, setAll] = useState(false);
  const columns = columnsOf(rules);
  const idle = rules.filter((rule) => !applies(rule));
  const shown = sorted(all ? rules : rules.filter(applies));
  return (
    <>
      <Table label={`Rules of ${pool}`} class="matrix">
        <thead>
          <tr>
            <th scope="col">Rule</th>
            {columns.map((grade) => (
              <th key={grade} scope="col" class="num">
                <span class="matrix-head">
                  <GradeMark grade={grade} />
                  {gradeName(grade)}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((rule) => (
            <Row key={rule.id} pool={pool} rule={rule} columns={columns} />
          ))}
        </tbody>
      </Table>
      {idle.length > 0 && !all && (
        <p class="card-note">
          <button type="button" class="text-button" onClick={() => setAll(true)}>
            Show {plural(idle.length, 'rule')} that {idle.length === 1 ? 'does' : 'do'} not apply here
          </button>
        </p>
      )}
    </>
  );
}
