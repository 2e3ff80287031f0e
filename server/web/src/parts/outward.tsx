import { Icon } from './icon';

// The text of a link that leaves the dashboard; its mark stays with the last word.
export function Outward({ text }: { text: string }) {
  const at = text.lastIndexOf(' ') + 1;
  return (
    <>
      {text.slice(0, at)}
      <span class="nowrap outward">
        {text.slice(at)}
        <Icon name="external" />
      </span>
    </>
  );
}
