import type { ComponentChildren } from 'preact';
import { Icon } from './icon';

export function Field({
  name,
  optional,
  wide,
  children,
}: {
  name: string;
  optional?: boolean;
  wide?: boolean;
  children: ComponentChildren;
}) {
  return (
    <label class={`field${wide ? ' field-wide' : ''}`}>
      <span>
        {name} {optional && <small>optional</small>}
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
