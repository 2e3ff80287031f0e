import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { serverNow } from '../api/client';
import { isPaused, lastFresh, setPaused } from '../api/live';
import { Brand } from '../parts/brand';
import { Icon } from '../parts/icon';
import type { IconName } from '../parts/icon';
import { Search } from './search';
import { mayEnrol, useSession } from './session';
import { useTheme } from './theme';
import type { Theme } from './theme';
import { ago } from './time';

const places: { name: string; href: string; icon: IconName }[] = [
  { name: 'Overview', href: '/', icon: 'overview' },
  { name: 'Pools', href: '/pools', icon: 'pools' },
  { name: 'Desktops', href: '/desktops', icon: 'desktops' },
  { name: 'Rules', href: '/rules', icon: 'rules' },
  { name: 'Enrolment', href: '/enrolment', icon: 'enrolment' },
];

function Navigation() {
  const { path } = useLocation();
  const { session } = useSession();
  const shown = places.filter((place) => place.href !== '/enrolment' || mayEnrol(session));
  return (
    <nav class="nav" aria-label="Main">
      {shown.map(({ name, href, icon }) => {
        const here = href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`);
        return (
          <a key={href} href={href} aria-current={here ? 'page' : undefined}>
            <Icon name={icon} />
            {name}
          </a>
        );
      })}
    </nav>
  );
}

function LiveStatus() {
  const [paused, setState] = useState(isPaused());
  const [, redraw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => redraw((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const toggle = () => {
    setPaused(!paused);
    setState(!paused);
  };
  const fresh = lastFresh();
  return (
    <button
      type="button"
      class={`live${paused ? ' live-paused' : ''}`}
      onClick={toggle}
      title={
        paused
          ? 'Paused. Click to refresh every 15 seconds again.'
          : 'Refreshes every 15 seconds. Click to pause.'
      }
    >
      {paused ? <Icon name="pause" /> : <span class="live-dot" />}
      <span class="live-text">
        {paused ? 'Paused' : 'Live'}
        {fresh > 0 && <span class="live-age"> · {ago(fresh, serverNow())}</span>}
      </span>
      <span class="unseen">{paused ? 'Resume the refresh' : 'Pause the refresh'}</span>
    </button>
  );
}

const themes: { value: Theme; icon: IconName; name: string }[] = [
  { value: 'auto', icon: 'auto', name: 'like the system' },
  { value: 'light', icon: 'sun', name: 'light' },
  { value: 'dark', icon: 'moon', name: 'dark' },
];

function ThemeButton() {
  const [theme, choose] = useTheme();
  const at = themes.findIndex(({ value }) => value === theme);
  const now = themes[at] ?? themes[0]!;
  const next = themes[(at + 1) % themes.length]!;
  return (
    <button
      type="button"
      class="icon-button"
      onClick={() => choose(next.value)}
      aria-label={`Colours: ${now.name}. Change to ${next.name}`}
      title={`Colours: ${now.name}`}
    >
      <Icon name={now.icon} />
    </button>
  );
}

function Account() {
  const { session, leave } = useSession();
  return (
    <div class="account">
      <span class="account-name" title={`Signed in as ${session.user}, ${session.role}`}>
        <b>{session.user}</b> <span class="faint">{session.role}</span>
      </span>
      <button type="button" class="icon-button" onClick={leave} aria-label="Sign out" title="Sign out">
        <Icon name="leave" />
      </button>
    </div>
  );
}

export function Shell({ children }: { children: ComponentChildren }) {
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <div class="side">
        <div class="side-stay">
          <a class="side-brand" href="/" aria-label="vdiwatch, overview">
            <Brand />
          </a>
          <Navigation />
        </div>
      </div>
      <div class="body">
        <header class="top">
          <Search />
          <LiveStatus />
          <ThemeButton />
          <Account />
        </header>
        <main id="main" class="main" tabIndex={-1}>
          {children}
        </main>
      </div>
    </div>
  );
}
