import { useLocation } from 'preact-iso/router';

type Query = Record<string, string | undefined>;

// A path with the parameters that have a value.
export function link(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value) params.set(key, value);
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

export const poolLink = (name: string) => `/pools/${encodeURIComponent(name)}`;
export const desktopLink = (id: string) => `/desktops/${encodeURIComponent(id)}`;
export const ruleLink = (id: string) => `/rules/${encodeURIComponent(id)}`;
export const policyLink = (digest: string) =>
  `/policies/${encodeURIComponent(digest.replace('sha256:', ''))}`;
export const alertLink = (id: string) => `/alerts/${encodeURIComponent(id)}`;
export const deliveryLink = (id: string) => `/deliveries/${encodeURIComponent(id)}`;
export const desktopsLink = (query: Query) => link('/desktops', query);

// The address's parameters, and how to change some of them. Typing replaces, choosing pushes.
export function useQuery() {
  const { query, path, route } = useLocation();
  const change = (patch: Query, replace = false) => route(link(path, { ...query, ...patch }), replace);
  const linkTo = (patch: Query) => link(path, { ...query, ...patch });
  return { query: query as Query, change, linkTo };
}
