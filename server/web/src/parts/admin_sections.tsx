import { reaches } from '../app/roles';
import { useSession } from '../app/session';
import { SectionTabs } from './section_tabs';

// Everybody has tokens, sessions and a password of their own; administrators see those of all.
export function AdminSections() {
  const { session } = useSession();
  const all = reaches(session.role, 'administrator');
  return (
    <SectionTabs
      label={all ? 'Administration' : 'Your account'}
      sections={[
        ...(all ? [{ name: 'Users', href: '/users' }] : []),
        { name: 'API tokens', href: '/api-tokens' },
        { name: 'Sessions', href: '/sessions' },
        { name: 'Password', href: '/password' },
        ...(all ? [{ name: 'System', href: '/system' }] : []),
      ]}
    />
  );
}
