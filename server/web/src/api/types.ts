// What /api/v1 answers, by the names that the pages have for it. schema.ts is made from the OpenAPI
// document (`npm run schema`), so that a page that reads what is not described does not compile.
import type { PoolListRow, RuleGrade } from './schema';

export type {
  Desktop,
  DesktopList as DesktopPage,
  DesktopRow,
  Fact as FactRow,
  Found,
  Grade,
  Incarnation,
  NewToken,
  Overview,
  Pack as PackName,
  PackTotals,
  PackWithRules as Pack,
  Pool,
  PoolList as PoolPage,
  Reason,
  Rule,
  RuleCount,
  RuleDetail,
  RuleGrade,
  RuleTest,
  RuleVerdict,
  Session,
  Source,
  Statement,
  System,
  Thresholds,
  Token,
  ValueCount,
} from './schema';

export type Counts = Partial<Record<RuleGrade, number>>;
export type PoolRow = PoolListRow;
