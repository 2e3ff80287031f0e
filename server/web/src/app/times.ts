import { preference } from './preference';

// How times are written: their age, or the moment itself here or in UTC.
export const timeStyles = ['ago', 'local', 'utc'] as const;
export type TimeStyle = (typeof timeStyles)[number];
export const timeStyle = preference<TimeStyle>('times', timeStyles);
export const timeStyleNames: Record<TimeStyle, string> = {
  ago: 'how long ago',
  local: 'exact, local time',
  utc: 'exact, UTC',
};
