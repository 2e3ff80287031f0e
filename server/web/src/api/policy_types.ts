// Around the policy: waivers, policy sets, and the answer of POST /policy/plan.
import type { PlannedGradeChange, Replay, Waiver } from './schema';

export type { Plan, PlannedAlert as PlanAlert, PolicyReference, PolicySet, PolicySetRow, Waiver } from './schema';
export type WaiverState = Waiver['state'];
export type PlanCause = PlannedGradeChange['rules'][number];
export type PoolRecord = Replay['pools'][number]['current'];
