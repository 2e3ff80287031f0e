// Around reports; docs/reports.md has what each member means.
import type { ScheduleDeliveries } from './schema';

export type {
  Compliance as ComplianceReport,
  ComplianceException as ReportDesktop,
  CompliancePool as ReportPool,
  NewSchedule as ScheduleWanted,
  Reconciliation,
  Schedule,
  ScheduleList,
  SeatedDesktop as Machine,
} from './schema';
export type ScheduleDelivery = ScheduleDeliveries['deliveries'][number];
