import { ruleLink } from '../app/url';
import { counts, spaced } from '../app/words';
import { Icon } from './icon';
import { Outward } from './outward';

export function Severity({ name }: { name: string }) {
  return (
    <span class={`severity s-${name}`} title={counts(name) ? undefined : 'Shown, and never counted'}>
      {name}
    </span>
  );
}

export function RuleName({ rule }: { rule: { id: string; title: string; severity: string } }) {
  return (
    <span class="rule-name">
      <a href={ruleLink(rule.id)}>{rule.title}</a> <Severity name={rule.severity} />
    </span>
  );
}

// The vendor's words behind a rule.
export function VendorLink({ url, section }: { url: string; section?: string }) {
  if (!url) return null;
  return (
    <a href={url} target="_blank" rel="noreferrer">
      <Outward text={section || 'The vendor’s rule'} />
    </a>
  );
}

// What to do where the rule fails, and who can.
export function RuleFix({ rule }: { rule: { remediation: string; contact: string } }) {
  if (!rule.remediation) return null;
  return (
    <p class="rule-fix">
      <Icon name="wrench" />
      <span>
        {rule.remediation}
        {rule.contact && <span class="faint"> Who can: {spaced(rule.contact)}.</span>}
      </span>
    </p>
  );
}
