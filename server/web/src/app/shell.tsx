import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { serverNow } from '../api/client';
import type { AlertPage } from '../api/alert_types';
import { isPaused, lastFresh, setPaused, useAnswer } from '../api/live';
import { Brand } from '../parts/brand';
import { Icon } from '../parts/icon';
import type { IconName } from '../parts/icon';
import { isAt, places } from './places';
import { after } from './preference';
import { reaches } from './roles';
import { Search } from './search';
import { useSession } from './session';
import { Shortcuts } from './shortcuts';
import { theme, themes } from './theme';
import type { Theme } from './theme';
import { ago } from './time';
import { timeStyle, timeStyleNames, timeStyles } from './times';
import { link } from './url';
import { spaced } from './words';

const mostCounted = 99;

// How many alerts are open, beside the place where they are.
function OpenAlerts() {
  const page = useAnswer<AlertPage>(link('/alerts', { state: 'open', limit: String(mostCounted) })).data;
  if (!page || page.alerts.length === 0) return null;
  const text = page.next_cursor ? `${mostCounted}+` : String(page.alerts.length);
  return (
    <span class="nav-count">
      {text}
      <span class="unseen"> open</span>
    </span>
  );
}

function Navigation() {
  const { path } = useLocation();
  const { session } = useSession();
  return (
    <nav class="nav" aria-label="Main">
      {places.map(({ title, places: group }) => {
        const shown = group.filter((place) => reaches(session.role, place.least));
        if (shown.length === 0) return null;
        return (
          <div key={title} class="nav-group">
            <span class="nav-title">{title}</span>
            {shown.map((place) => (
              <a key={place.href} href={place.href} aria-current={isAt(place, path) ? 'page' : undefined}>
                <Icon name={place.icon} />
                {place.name}
                {place.href === '/alerts' && <OpenAlerts />}
              </a>
            ))}
          </div>
        );
      })}
    </nav>
  );
}

function LiveStatus() {
  const [, redraw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => redraw((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const paused = isPaused();
  const toggle = () => {
    setPaused(!paused);
    redraw((n) => n + 1);
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

const themeLooks: Record<Theme, { icon: IconName; name: string }> = {
  auto: { icon: 'auto', name: 'like the system' },
  light: { icon: 'sun', name: 'light' },
  dark: { icon: 'moon', name: 'dark' },
};

function ThemeButton() {
  const [chosen, choose] = theme.use();
  const next = after(themes, chosen);
  const { icon, name } = themeLooks[chosen];
  return (
    <button
      type="button"
      class="icon-button"
      onClick={() => choose(next)}
      aria-label={`Colours: ${name}. Change to ${themeLooks[next].name}`}
      title={`Colours: ${name} (t)`}
    >
      <Icon name={icon} />
    </button>
  );
}

function TimesButton() {
  const [style, choose] = timeStyle.use();
  const next = after(timeStyles, style);
  return (
    <button
      type="button"
      class={`icon-button${style === 'ago' ? '' : ' is-on'}`}
      onClick={() => choose(next)}
      aria-label={`Times: ${timeStyleNames[style]}. Change to ${timeStyleNames[next]}`}
      title={`Times: ${timeStyleNames[style]} (u)`}
    >
      <Icon name="clock" />
    </button>
  );
}

function Account() {
  const { session, leave } = useSession();
  return (
    <div class="account">
      <a class="account-name quiet" href="/sessions" title="Your sessions, API tokens and password">
        <b>{session.user}</b> <span class="faint">{spaced(session.role)}</span>
      </a>
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
          <TimesButton />
          <ThemeButton />
          <Shortcuts />
          <Account />
        </header>
        <main id="main" class="main" tabIndex={-1}>
          {children}
        </main>
      </div>
    </div>
  );
}
