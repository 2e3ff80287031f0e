// Below how many seconds, counted in which unit.
const steps: [below: number, unitSeconds: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [60, 1, 'second'],
  [3600, 60, 'minute'],
  [86_400, 3600, 'hour'],
  [86_400 * 30, 86_400, 'day'],
  [86_400 * 365, 86_400 * 30, 'month'],
  [Number.POSITIVE_INFINITY, 86_400 * 365, 'year'],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'short' });

// "4 min. ago", "in 3 days"; a clock that is a few seconds ahead still reads as now.
export function ago(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000);
  if (Math.abs(seconds) < 5) return 'just now';
  const [, unitSeconds, unit] = steps.find(([below]) => Math.abs(seconds) < below)!;
  return relative.format(Math.round(seconds / unitSeconds), unit);
}

const exact: Intl.DateTimeFormatOptions = {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
};
const local = new Intl.DateTimeFormat('en-GB', exact);
const utc = new Intl.DateTimeFormat('en-GB', { ...exact, timeZone: 'UTC' });
export const absolute = (at: number) => local.format(at);
export const absoluteUtc = (at: number) => utc.format(at);

const day = new Intl.DateTimeFormat('en-GB', {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  timeZone: 'UTC',
});
// A date without a time, such as the as-of date of a vendor's page.
export const dayOf = (date: string) => {
  const at = Date.parse(date);
  return Number.isNaN(at) ? date : day.format(at);
};

const dayAndMonth = new Intl.DateTimeFormat('en-GB', { month: 'short', day: 'numeric', timeZone: 'UTC' });
// "14 Nov": a day on the axis of a picture.
export const shortDay = (at: number) => dayAndMonth.format(at);

const clockUtc = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });
export const shortHour = (at: number) => clockUtc.format(at);
