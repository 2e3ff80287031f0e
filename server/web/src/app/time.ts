const steps: [number, Intl.RelativeTimeFormatUnit][] = [
  [60, 'second'],
  [3600, 'minute'],
  [86_400, 'hour'],
  [86_400 * 30, 'day'],
  [86_400 * 365, 'month'],
  [Number.POSITIVE_INFINITY, 'year'],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'short' });

// "4 min. ago", "in 3 days"; a clock that is a few seconds ahead still reads as now.
export function ago(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return 'just now';
  let unitSeconds = 1;
  for (const [below, unit] of steps) {
    if (size < below) return relative.format(Math.trunc(seconds / unitSeconds), unit);
    unitSeconds = unit === 'second' ? 60 : unit === 'minute' ? 3600 : unit === 'hour' ? 86_400
      : unit === 'day' ? 86_400 * 30 : 86_400 * 365;
  }
  return '';
}

const local = new Intl.DateTimeFormat('en-GB', {
  year: 'numeric', month: 'short', day: 'numeric',
  hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short',
});
export const absolute = (at: number) => local.format(at);

const day = new Intl.DateTimeFormat('en-GB', { year: 'numeric', month: 'short', day: 'numeric', timeZone: 'UTC' });
// A date without a time, such as the as-of date of a vendor's page.
export const dayOf = (date: string) => {
  const at = Date.parse(date);
  return Number.isNaN(at) ? date : day.format(at);
};
