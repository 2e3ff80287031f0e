import type { ComponentChildren } from 'preact';
import { Icon } from './icon';

export function Field({
  name,
  optional,
  note = optional ? 'optional' : '',
  wide,
  children,
}: {
  name: string;
  optional?: boolean;
  note?: string;
  wide?: boolean;
  children: ComponentChildren;
}) {
  return (
    <label class={`field${wide ? ' field-wide' : ''}`}>
      <span>
        {name} {note && <small>{note}</small>}
      </span>
      {children}
    </label>
  );
}

export function FormProblem({ text }: { text: string }) {
  return (
    <p class="form-problem" role="alert">
      {text && (
        <>
          <Icon name="warn" /> {text}
        </>
      )}
    </p>
  );
}

export const textOf = (form: FormData, name: string) => String(form.get(name) ?? '').trim();
