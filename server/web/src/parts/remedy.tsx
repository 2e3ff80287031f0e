import type { ComponentChildren } from 'preact';
import { Icon } from './icon';

// What to do where something is wrong; further lines follow.
export function Remedy({ text, children }: { text: string; children?: ComponentChildren }) {
  return (
    <div class="remedy">
      <Icon name="wrench" />
      <div>
        <h4>What to do</h4>
        <p>{text}</p>
        {children}
      </div>
    </div>
  );
}
