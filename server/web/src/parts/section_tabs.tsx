import { useLocation } from 'preact-iso/router';

export interface Section {
  name: string;
  href: string;
}

// The pages of one place, side by side.
export function SectionTabs({ label, sections }: { label: string; sections: Section[] }) {
  const { path } = useLocation();
  return (
    <nav class="sections" aria-label={label}>
      {sections.map(({ name, href }) => (
        <a key={href} href={href} aria-current={path === href ? 'page' : undefined}>
          {name}
        </a>
      ))}
    </nav>
  );
}

const alerting: Section[] = [
  { name: 'Alerts', href: '/alerts' },
  { name: 'Deliveries', href: '/deliveries' },
  { name: 'Sinks', href: '/sinks' },
  { name: 'Silences', href: '/silences' },
];
export const AlertSections = () => <SectionTabs label="Alerting" sections={alerting} />;

const reports: Section[] = [
  { name: 'Compliance', href: '/reports' },
  { name: 'By e-mail', href: '/reports/schedules' },
  { name: 'Who is missing', href: '/reports/reconcile' },
];
export const ReportSections = () => <SectionTabs label="Reports" sections={reports} />;
