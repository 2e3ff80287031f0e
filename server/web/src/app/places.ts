import type { IconName } from '../parts/icon';
import type { Role } from './roles';

// Where people go: the navigation, and the keys after "g".
export interface Place {
  name: string;
  href: string;
  icon: IconName;
  key: string;
  least?: Role; // who may go there; everybody unless given
}

export const places: { title: string; places: Place[] }[] = [
  {
    title: 'Fleet',
    places: [
      { name: 'Overview', href: '/', icon: 'overview', key: 'o' },
      { name: 'Pools', href: '/pools', icon: 'pools', key: 'p' },
      { name: 'Desktops', href: '/desktops', icon: 'desktops', key: 'd' },
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
    title: 'Set up',
    places: [{ name: 'Enrolment', href: '/enrolment', icon: 'enrolment', key: 'e', least: 'operator' }],
  },
];
