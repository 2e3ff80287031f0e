import type { RuleDetail, RuleTest } from '../api/types';
import { missingReason, plural, say } from '../app/words';
import { GradeBadge } from './grade';
import { Card } from './page';
import { Table } from './table';

function Given({ test }: { test: RuleTest }) {
  const facts = Object.entries(test.facts).map(([key, { value, missing }]): [string, string] => [
    key,
    missing === undefined ? say(value) : missingReason(missing),
  ]);
  const pool = Object.entries(test.pool).map(([key, value]): [string, string] => [`pool.${key}`, value]);
  return (
    <ul class="given">
      {[...facts, ...pool].map(([key, value]) => (
        <li key={key}>
          <code>{key}</code> {value}
        </li>
      ))}
    </ul>
  );
}

// The rule's own tests: examples that say more than the rule does.
export function RuleTests({ rule }: { rule: RuleDetail }) {
  if (rule.tests.length === 0) return null;
  return (
    <Card title="Its tests" class="flush" aside={<span class="faint card-note">{plural(rule.tests.length, 'test')}</span>}>
      <Table label="Tests of this rule">
        <thead>
          <tr>
            <th scope="col">A desktop with</th>
            <th scope="col">What it shows</th>
            <th scope="col">Must be</th>
          </tr>
        </thead>
        <tbody>
          {rule.tests.map((test, i) => (
            <tr key={`${test.name}${i}`}>
              <td>
                <Given test={test} />
              </td>
              <th scope="row">{test.name || <span class="faint">–</span>}</th>
              <td class="nowrap">
                <GradeBadge grade={test.expect} />
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Card>
  );
}
