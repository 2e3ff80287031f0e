import type { Counts, Grade, PoolRow, Reason, RuleGrade, Thresholds } from '../api/types';

// Worst first: the order of every list, bar and legend.
export const grades: Grade[] = ['noncompliant', 'unknown', 'conditional', 'compliant'];
export const ruleGrades: RuleGrade[] = [...grades, 'waived', 'not_applicable'];

const gradeNames: Record<RuleGrade, string> = {
  compliant: 'Compliant',
  conditional: 'Conditional',
  unknown: 'Unknown',
  noncompliant: 'Noncompliant',
  waived: 'Waived',
  not_applicable: 'Not applicable',
};

const gradeMeanings: Record<RuleGrade, string> = {
  compliant: "within Docker's support rules",
  conditional: 'works, with conditions attached',
  unknown: 'not enough is known to say',
  noncompliant: "outside Docker's support rules",
  waived: 'fails, and is excused until a date',
  not_applicable: 'this rule is not about this desktop',
};

export const gradeName = (grade: RuleGrade | null) =>
  grade ? (gradeNames[grade] ?? spaced(grade)) : 'Not judged yet';
export const gradeMeaning = (grade: RuleGrade) => gradeMeanings[grade] ?? '';

export const presences = ['live', 'stale', 'off'] as const;
const presenceMeanings: Record<string, string> = {
  live: 'checking in',
  stale: 'silent without a goodbye',
  off: 'said goodbye at shutdown',
  retired: 'left the fleet, in history only',
};
export const presenceMeaning = (presence: string) => presenceMeanings[presence] ?? '';

const missingReasons: Record<string, string> = {
  absent: 'not there',
  denied: 'access denied',
  failed: 'reading failed',
  not_gathered: 'not gathered',
  undetermined: 'undetermined',
};
export const missingReason = (reason: string) => missingReasons[reason] ?? spaced(reason);

// A grade that came as text; null where it is none, or one of a newer daemon.
export const gradeOf = (text: string | null): RuleGrade | null =>
  ruleGrades.find((grade) => grade === text) ?? null;

// Whether a failure of a rule of this severity counts towards a grade.
export const counts = (severity: string) => severity !== 'info';

// The vendor's name that CPUID spells in registers, for the leaves that do ("XenVMMXenVMM"); else "".
export function cpuidName(locator: string, reading: string): string {
  const leaf = /^cpuid:(0|4[0-9a-f]{5}00)$/.exec(locator)?.[1];
  const registers = /ebx=([0-9a-f]{8}) ecx=([0-9a-f]{8}) edx=([0-9a-f]{8})/.exec(reading);
  if (!leaf || !registers) return '';
  const [, ebx, ecx, edx] = registers;
  const order = leaf === '0' ? [ebx, edx, ecx] : [ebx, ecx, edx];
  const bytes = order.flatMap((hex) => [6, 4, 2, 0].map((at) => Number.parseInt(hex!.slice(at, at + 2), 16)));
  const name = String.fromCharCode(...bytes).replace(/\0+$/, '');
  return /^[ -~]+$/.test(name) ? name : '';
}

// A hypervisor's own name tells most, then the firmware's; what is not there tells least.
function weight(locator: string, reading: string | undefined): number {
  if (reading === undefined) return 4;
  if (reading === 'absent') return 3;
  if (locator.startsWith('cpuid:4') && cpuidName(locator, reading)) return 0;
  return locator.startsWith('smbios:') ? 1 : 2;
}
export const readingsByWeight = (locators: string[], readings: Record<string, string>) =>
  [...locators].sort((a, b) => weight(a, readings[a]) - weight(b, readings[b]));

// Names of the world outside as their owners write them; the rest as the catalogue has it.
const properNames: Record<string, string> = {
  vmware: 'VMware',
  azure: 'Azure',
  hyper_v: 'Hyper-V',
  xen_server: 'XenServer',
  xen: 'Xen',
  nutanix_ahv: 'Nutanix AHV',
  kvm: 'KVM',
  qemu: 'QEMU',
  aws_xen: 'AWS (Xen)',
  aws_nitro: 'AWS Nitro',
  gcp: 'Google Cloud',
  openstack: 'OpenStack',
  virtualbox: 'VirtualBox',
  parallels: 'Parallels',
  bhyve: 'bhyve',
  other_vm: 'Another hypervisor',
  bare_metal: 'Bare metal',
  non_persistent: 'Non-persistent',
};
export const valueName = (value: string) => properNames[value] ?? capital(spaced(value));

// "not_persistent" -> "not persistent".
export const spaced = (name: string) => name.replaceAll('_', ' ');
// "smbios_uuid" -> "SMBIOS UUID".
export const label = (name: string) =>
  capital(spaced(name).replace(/\b(smbios|uuid|mac|vm|os)\b/g, (word) => word.toUpperCase()));
export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const whole = new Intl.NumberFormat('en');
export const number = (n: number) => whole.format(n);
export const plural = (n: number, one: string, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

// Whole percents, but never 0 or 100 for what is not quite nothing or everything.
export function percent(part: number, total: number): string {
  if (total <= 0) return '–';
  const share = (100 * part) / total;
  if (share > 0 && share < 1) return '<1 %';
  if (share > 99 && share < 100) return '>99 %';
  return `${Math.round(share)} %`;
}

const share = (percents: number) => `${Number(percents.toFixed(1))} %`;

// What a receiver answered; the bare status of HTTP says that it is one.
export const answerText = (answer: string) => (/^\d{3}$/.test(answer) ? `HTTP ${answer}` : answer);

// Any JSON value as text for people.
export function say(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return value.map(say).join(', ');
  return JSON.stringify(value);
}

export const sentence = (reason: Reason | string) => (typeof reason === 'string' ? reason : reason.text);

// One line that says how the fleet stands.
export function headline(pools: Counts): string {
  const total = grades.reduce((sum, grade) => sum + (pools[grade] ?? 0), 0);
  const bad = pools.noncompliant ?? 0;
  const unknown = pools.unknown ?? 0;
  if (total === 0) return 'No pool yet';
  if (bad > 0)
    return `${number(bad)} of ${plural(total, 'pool')} ${bad === 1 ? 'breaks' : 'break'} Docker’s support rules`;
  if (unknown > 0)
    return `No pool breaks Docker’s support rules; ${number(unknown)} ${unknown === 1 ? 'is' : 'are'} not known yet`;
  if (total === 1) return 'The only pool is within Docker’s support rules';
  return `All ${plural(total, 'pool')} are within Docker’s support rules`;
}

// Why a pool has its grade where no reason came with it.
export function poolWhy(pool: PoolRow): string {
  if (pool.desktops === 0) return 'No desktop has enrolled yet.';
  if (pool.grade === 'compliant' && pool.compliant < pool.reporting) {
    return `Within its thresholds: ${number(pool.compliant)} of ${plural(pool.reporting, 'reporting desktop')} pass every rule.`;
  }
  if (pool.grade === 'compliant') return 'Every reporting desktop passes every rule.';
  if (pool.reporting === 0) return 'No desktop is reporting.';
  return '';
}

export function duration(seconds: number): string {
  if (seconds <= 0) return 'at once';
  if (seconds < 120) return plural(Math.round(seconds), 'second');
  if (seconds < 7200) return plural(Math.round(seconds / 60), 'minute');
  if (seconds < 172_800) return plural(Math.round(seconds / 3600), 'hour');
  return plural(Math.round(seconds / 86_400), 'day');
}

// The thresholds of a pool as the sentences that an owner would say.
export function thresholdSentences(t: Thresholds): [string, string][] {
  const hold = t.enter_for_s > 0 ? ` for ${duration(t.enter_for_s)}` : ', at once';
  return [
    ['Noncompliant', `at ${share(t.enter)} of reporting desktops or more${hold}`],
    ['Leaves it', `at ${share(t.leave)} or less`],
    ['Unknown', `when more than ${share(t.maximum_unknown)} are unknown`],
    [
      'Needs',
      `${plural(t.minimum_reporting, 'reporting desktop')}${
        t.minimum_coverage > 0 ? ` and ${share(t.minimum_coverage)} coverage` : ''
      }`,
    ],
  ];
}

// "Firefox on Windows" of a User-Agent; what cannot be told stays as it came.
export function browserName(agent: string): string {
  const browsers: [name: string, mark: RegExp][] = [
    ['Edge', /Edg\//],
    ['Firefox', /Firefox\//],
    ['Chrome', /Chrom(e|ium)\//],
    ['Safari', /Safari\//],
  ];
  const systems: [name: string, mark: RegExp][] = [
    ['Windows', /Windows/],
    ['iOS', /iPhone|iPad/],
    ['macOS', /Mac OS/],
    ['Android', /Android/],
    ['Linux', /Linux/],
  ];
  const browser = browsers.find(([, mark]) => mark.test(agent))?.[0];
  const system = systems.find(([, mark]) => mark.test(agent))?.[0];
  if (!browser) return agent.slice(0, 40) || 'unknown';
  return system ? `${browser} on ${system}` : browser;
}

// "1.4 GB": for people, so in thousands.
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(n, 1)) / 3)));
  const value = n / 1000 ** at;
  return `${at > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[at]}`;
}
