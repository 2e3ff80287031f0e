import type { RuleGrade } from '../api/types';
import { number } from '../app/words';

// Every count is a link to the things it counts; zero is not a place to go.
export function Count({ n, href, of, grade }: { n: number; href: string; of: string; grade?: RuleGrade }) {
  if (n === 0) return <span class="zero">0</span>;
  return (
    <a class={`count${grade ? ` g-${grade}` : ''}`} href={href} aria-label={`${number(n)} ${of}`}>
      {number(n)}
    </a>
  );
}
