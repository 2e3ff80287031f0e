import { useEffect, useRef, useState } from 'preact/hooks';
import type { TargetedKeyboardEvent } from 'preact';
import { useLocation } from 'preact-iso/router';
import { get } from '../api/client';
import type { Found, RuleGrade } from '../api/types';
import { GradeMark } from '../parts/grade';
import { Icon } from '../parts/icon';
import { desktopLink, desktopsLink, link, poolLink, ruleLink } from './url';
import { gradeName } from './words';

interface Hit {
  kind: 'Pool' | 'Desktop' | 'Rule' | '';
  name: string;
  note: string;
  href: string;
  grade?: RuleGrade | null;
}

const perKind = 5;

async function find(q: string, signal: AbortSignal): Promise<Hit[]> {
  const found = await get<Found>(link('/search', { q, limit: String(perKind) }), signal);
  return [
    ...found.pools.map(
      ({ name, grade }): Hit => ({ kind: 'Pool', name, note: gradeName(grade), href: poolLink(name), grade }),
    ),
    ...found.desktops.map(
      ({ id, host_name, pool, grade }): Hit => ({
        kind: 'Desktop',
        name: host_name,
        note: pool,
        href: desktopLink(id),
        grade,
      }),
    ),
    ...found.rules.map(
      ({ id, title }): Hit => ({ kind: 'Rule', name: title, note: id, href: ruleLink(id) }),
    ),
    { kind: '', name: `All desktops that match “${q}”`, note: '', href: desktopsLink({ q }) },
  ];
}

function useHits(q: string): Hit[] {
  const [hits, setHits] = useState<Hit[]>([]);
  useEffect(() => {
    if (!q) {
      setHits([]);
      return;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      find(q, abort.signal).then(setHits, () => {
        if (!abort.signal.aborted) setHits([]);
      });
    }, 120);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [q]);
  return hits;
}

// One box over pools, desktops and rules. "/" reaches it from anywhere.
export function Search() {
  const box = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const { route, url } = useLocation();
  const hits = useHits(text.trim());

  useEffect(() => setOpen(false), [url]);
  useEffect(() => setAt(0), [hits]);

  const go = (hit: Hit | undefined) => {
    if (!hit) return;
    setText('');
    setOpen(false);
    box.current?.blur();
    route(hit.href);
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setAt((at + step + hits.length) % Math.max(hits.length, 1));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      go(hits[at]);
    } else if (event.key === 'Escape') {
      setOpen(false);
      box.current?.blur();
    }
  };

  const shown = open && hits.length > 0;
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input
        ref={box}
        type="text"
        role="combobox"
        aria-label="Search pools, desktops and rules"
        autocomplete="off"
        placeholder="Search pools, desktops, rules"
        spellcheck={false}
        aria-expanded={shown}
        aria-controls="search-hits"
        aria-activedescendant={shown ? `hit-${at}` : undefined}
        aria-autocomplete="list"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setTimeout(() => setOpen(false), 150)}
        onKeyDown={onKeyDown}
      />
      <kbd aria-hidden="true">/</kbd>
      <ul id="search-hits" class="hits" role="listbox" aria-label="Found" hidden={!shown}>
        {shown &&
          hits.map((hit, i) => (
            <li
              key={hit.kind + hit.href}
              id={`hit-${i}`}
              role="option"
              aria-selected={i === at}
              onMouseDown={(event) => event.preventDefault()}
              onMouseEnter={() => setAt(i)}
              onClick={() => go(hit)}
            >
              {hit.grade !== undefined ? (
                <GradeMark grade={hit.grade} />
              ) : (
                <Icon name={hit.kind === 'Rule' ? 'rules' : 'right'} />
              )}
              <span class="hit-name">{hit.name}</span>
              <span class="hit-note">{hit.note}</span>
              <span class="hit-kind">{hit.kind}</span>
            </li>
          ))}
      </ul>
    </div>
  );
}
