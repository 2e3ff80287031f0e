import type { IconName } from '../parts/icon';
import type { Role } from './roles';

// Where people go: the navigation, and the keys after "g".
export interface Place {
  name: string;
  href: string;
  icon: IconName;
  key: string;
  also?: string[]; // other pages that belong to it
  least?: Role; // who may go there; everybody unless given
}

// Whether a page belongs to a place.
export const isAt = (place: Place, path: string) =>
  place.href === '/'
    ? path === '/' || (place.also ?? []).includes(path)
    : [place.href, ...(place.also ?? [])].some((href) => path === href || path.startsWith(`${href}/`));

export const places: { title: string; places: Place[] }[] = [
  {
    title: 'Fleet',
    places: [
      { name: 'Overview', href: '/', icon: 'overview', key: 'o', also: ['/changes'] },
      { name: 'Pools', href: '/pools', icon: 'pools', key: 'p' },
      { name: 'Desktops', href: '/desktops', icon: 'desktops', key: 'd' },
      {
        name: 'Alerts',
        href: '/alerts',
        icon: 'alert',
        key: 'a',
        also: ['/deliveries', '/sinks', '/silences'],
      },
    ],
  },
  {
    title: 'Policy',
    places: [
      { name: 'Rules', href: '/rules', icon: 'rules', key: 'r' },
      { name: 'Waivers', href: '/waivers', icon: 'waiver', key: 'w' },
      { name: 'What-if', href: '/what-if', icon: 'scales', key: 'i', least: 'policy_editor' },
    ],
  },
  {
    title: 'Prove',
    places: [
      { name: 'Reports', href: '/reports', icon: 'report', key: 'c' },
      { name: 'Audit', href: '/audit', icon: 'audit', key: 'l', least: 'administrator' },
    ],
  },
  {
    title: 'Set up',
    places: [
      { name: 'Enrolment', href: '/enrolment', icon: 'enrolment', key: 'e', least: 'operator' },
      {
        name: 'Administration',
        href: '/users',
        icon: 'admin',
        key: 's',
        also: ['/api-tokens', '/sessions', '/password', '/system'],
        least: 'administrator',
      },
    ],
  },
];
