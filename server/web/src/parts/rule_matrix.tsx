import type { RuleCount, RuleGrade } from '../api/types';
import { desktopsLink } from '../app/url';
import { gradeName, ruleGrades } from '../app/words';
import { Count } from './count';
import { GradeMark } from './grade';
import { RuleName } from './rule';
import { Table } from './table';

// Only the columns that say something: the four grades, and waived or not applicable where there are any.
const columnsOf = (rules: RuleCount[]) =>
  ruleGrades.filter((grade) => (grade !== 'waived' && grade !== 'not_applicable') || rules.some((rule) => rule[grade] > 0));

// Rules × how many desktops stand where; each count opens those desktops.
export function RuleMatrix({ pool, rules }: { pool: string; rules: RuleCount[] }) {
  const columns = columnsOf(rules);
  const href = (rule: string, grade: RuleGrade) => desktopsLink({ pool, rule, rule_grade: grade });
  return (
    <Table label={`Rules of ${pool}`} class="matrix">
      <thead>
        <tr>
          <th scope="col">Rule</th>
          {columns.map((grade) => (
            <th key={grade} scope="col" class="num"><span class="matrix-head"><GradeMark grade={grade} />{gradeName(grade)}</span></th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rules.map((rule) => (
          <tr key={rule.id}>
            <th scope="row" class="cell-why">
              <RuleName rule={rule} />
              {rule.why && <p>{rule.why}</p>}
              {rule.noncompliant + rule.unknown + rule.conditional > 0 && rule.remediation && (
                <p class="fix">{rule.remediation}</p>
              )}
            </th>
            {columns.map((grade) => (
              <td key={grade} class="num">
                <Count n={rule[grade]} grade={grade} href={href(rule.id, grade)} of={`desktops ${gradeName(grade).toLowerCase()} for: ${rule.title}`} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
