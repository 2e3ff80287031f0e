import { useEffect } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';

// The sign-in page of somebody who is signed in.
export function SignedInPage() {
  const { route } = useLocation();
  useEffect(() => route('/', true), []);
  return null;
}
