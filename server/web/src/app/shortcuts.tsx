import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { isPaused, setPaused } from '../api/live';
import { Icon } from '../parts/icon';
import { places } from './places';
import { after, preference } from './preference';
import { reaches } from './roles';
import { useSession } from './session';
import { theme, themes } from './theme';
import { timeStyle, timeStyles } from './times';

// Single keys can be switched off: speech input and slips of the hand press them too (WCAG 2.1.4).
export const singleKeys = preference<'on' | 'off'>('keys', ['on', 'off']);

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

// The things that a page lists: each row's link to what the row is about.
const rowLinks = () =>
  [...document.querySelectorAll<HTMLElement>('main tbody th[scope=row] a, main .row-link')].filter(
    (link) => link.offsetParent !== null,
  );

function step(by: number) {
  const links = rowLinks();
  const at = links.indexOf(document.activeElement as HTMLElement);
  const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

const plainKeys: Record<string, () => void> = {
  '/': () => document.querySelector<HTMLInputElement>('.search input')?.select(),
  j: () => step(1),
  k: () => step(-1),
  t: () => theme.choose(after(themes, theme.now())),
  u: () => timeStyle.choose(after(timeStyles, timeStyle.now())),
  '.': () => setPaused(!isPaused()),
};

const openList = () => document.querySelector<HTMLDialogElement>('#shortcuts')?.showModal();

const chordMs = 1500;

function useKeys() {
  const { route } = useLocation();
  const { session } = useSession();
  useEffect(() => {
    let chord = 0; // until when a key after "g" is waited for
    const press = (event: KeyboardEvent) => {
      const { key } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      if (singleKeys.now() === 'off' || document.querySelector('dialog[open]')) return;
      const place =
        Date.now() < chord && places.flatMap((group) => group.places).find((one) => one.key === key);
      chord = key === 'g' ? Date.now() + chordMs : 0;
      const run = place ? undefined : key === '?' ? openList : plainKeys[key];
      if (place && reaches(session.role, place.least)) route(place.href);
      else if (!run) return;
      event.preventDefault();
      run?.();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [route, session.role]);
}

function Keys({ title, keys }: { title: string; keys: [keys: string, what: string][] }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl class="keys">
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              {key.split(' ').map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

// What the keyboard can do, by "?" or the button; the keys themselves work everywhere.
export function Shortcuts() {
  useKeys();
  const { session } = useSession();
  const [keys, chooseKeys] = singleKeys.use();
  const dialog = useRef<HTMLDialogElement>(null);
  const go = places
    .flatMap((group) => group.places)
    .filter((place) => reaches(session.role, place.least))
    .map((place): [string, string] => [`g ${place.key}`, place.name]);
  return (
    <>
      <button
        type="button"
        class="icon-button"
        onClick={openList}
        aria-label="Keyboard shortcuts"
        aria-keyshortcuts="?"
        title="Keyboard shortcuts (?)"
      >
        <Icon name="keyboard" />
      </button>
      <dialog id="shortcuts" class="dialog" ref={dialog} aria-labelledby="shortcuts-title">
        <header class="card-head">
          <h2 id="shortcuts-title">Keyboard shortcuts</h2>
          <button
            type="button"
            class="icon-button"
            aria-label="Close"
            onClick={() => dialog.current?.close()}
          >
            <Icon name="cross" />
          </button>
        </header>
        <div class="keys-columns">
          <Keys title="Go to" keys={go} />
          <Keys
            title="Anywhere"
            keys={[
              ['/', 'Search'],
              ['j', 'Next row'],
              ['k', 'Row before'],
              ['Enter', 'Open the row'],
              ['t', 'Colours: system, light, dark'],
              ['u', 'Times: how long ago, exact, UTC'],
              ['.', 'Pause or resume the refresh'],
              ['?', 'This list'],
              ['Esc', 'Close'],
            ]}
          />
        </div>
        <label class="check">
          <input
            type="checkbox"
            checked={keys === 'on'}
            onChange={(event) => chooseKeys(event.currentTarget.checked ? 'on' : 'off')}
          />
          Single keys work on this computer
        </label>
      </dialog>
    </>
  );
}
