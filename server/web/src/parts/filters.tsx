import { useEffect, useRef, useState } from 'preact/hooks';
import { useQuery } from '../app/url';
import type { RuleGrade } from '../api/types';
import { GradeMark } from './grade';
import { Icon } from './icon';

// Filters live in the address. A new filter starts at the first page.
const fresh = { cursor: undefined };

export function FilterText({ label, param }: { label: string; param: string }) {
  const { query, change } = useQuery();
  const inUrl = query[param] ?? '';
  const [text, setText] = useState(inUrl);
  const typed = useRef(inUrl);
  useEffect(() => {
    if (inUrl !== typed.current) setText(inUrl); // Back, or a link, changed it
    typed.current = inUrl;
  }, [inUrl]);
  useEffect(() => {
    if (text === typed.current) return;
    const timer = setTimeout(() => {
      typed.current = text;
      change({ ...fresh, [param]: text.trim() || undefined }, true);
    }, 200);
    return () => clearTimeout(timer);
  });
  return (
    <label class="filter-text">
      <Icon name="search" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </label>
  );
}

export interface Option {
  value: string;
  name: string;
  grade?: RuleGrade;
}

// A few choices side by side; links, so that each can be opened and shared. Without `initial` the
// first choice is all of them.
export function FilterTabs({
  label,
  param,
  options,
  initial = '',
}: {
  label: string;
  param: string;
  options: Option[];
  initial?: string;
}) {
  const { query, linkTo } = useQuery();
  const now = query[param] ?? initial;
  const choices: Option[] = initial ? options : [{ value: '', name: 'All' }, ...options];
  return (
    <nav class="tabs" aria-label={label}>
      {choices.map(({ value, name, grade }) => (
        <a
          key={value}
          href={linkTo({ ...fresh, [param]: value === initial ? undefined : value })}
          aria-current={now === value ? 'true' : undefined}
        >
          {grade && <GradeMark grade={grade} />}
          {name}
        </a>
      ))}
    </nav>
  );
}

export function FilterSelect({ label, param, options }: { label: string; param: string; options: Option[] }) {
  const { query, change } = useQuery();
  const now = query[param] ?? '';
  const known = now === '' || options.some(({ value }) => value === now);
  return (
    <label class="filter-select">
      <span>{label}</span>
      <select
        value={now}
        onChange={(event) => change({ ...fresh, [param]: event.currentTarget.value || undefined })}
      >
        <option value="">any</option>
        {!known && <option value={now}>{now}</option>}
        {options.map(({ value, name }) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Chip({ children, remove }: { children: string; remove: () => void }) {
  return (
    <span class="chip">
      {children}
      <button type="button" onClick={remove} aria-label={`Remove the filter: ${children}`}>
        <Icon name="cross" />
      </button>
    </span>
  );
}
