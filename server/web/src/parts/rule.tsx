import { ruleLink } from '../app/url';
import { counts } from '../app/words';
import { Icon } from './icon';

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
      {section || 'The vendor’s rule'}
      <Icon name="external" />
    </a>
  );
}
