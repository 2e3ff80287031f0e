import type { RuleDetail } from '../api/types';
import { desktopsLink, poolLink } from '../app/url';
import { gradeName, ruleGrades } from '../app/words';
import { GradeBar } from './bar';
import { Count } from './count';
import { Table } from './table';

const columns = ruleGrades.filter((grade) => grade !== 'not_applicable');

// Where a rule is failed: pools by how many desktops stand where, the worst first.
export function RulePools({ rule }: { rule: RuleDetail }) {
  return (
    <Table label="Pools under this rule" class="rule-pools">
      <thead>
        <tr>
          <th scope="col">Pool</th>
          <th scope="col">Desktops</th>
          {columns.map((grade) => (
            <th key={grade} scope="col" class="num">
              {gradeName(grade)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rule.pools.map(({ pool, desktops }) => (
          <tr key={pool}>
            <th scope="row">
              <a href={poolLink(pool)}>{pool}</a>
            </th>
            <td class="cell-bar">
              <GradeBar counts={desktops} label={`Desktops of ${pool}`} />
            </td>
            {columns.map((grade) => (
              <td key={grade} class="num">
                <Count
                  n={desktops[grade] ?? 0}
                  grade={grade}
                  href={desktopsLink({ pool, rule: rule.id, rule_grade: grade })}
                  of={`desktops of ${pool}: ${gradeName(grade).toLowerCase()}`}
                />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
