import { policyLink } from '../app/url';

// A policy set by the beginning of its digest; the link shows its files.
export function PolicyName({ digest }: { digest: string | null }) {
  if (!digest) return null;
  return (
    <a class="policy-name" href={policyLink(digest)} title={`Policy set ${digest}`}>
      policy <code>{digest.replace('sha256:', '').slice(0, 8)}</code>
    </a>
  );
}
