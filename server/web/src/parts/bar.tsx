import type { Counts } from '../api/types';
import { gradeName, grades, number, percent } from '../app/words';

export interface Part {
  name: string;
  count: number;
  tone: string; // a class of style/grade.css
}

// A stacked bar, drawn with attributes alone (no inline style). The numbers stand in its label.
export function Bar({ parts, label }: { parts: Part[]; label: string }) {
  const shown = parts.filter((part) => part.count > 0);
  const total = shown.reduce((sum, part) => sum + part.count, 0);
  const words = shown.map((part) => `${number(part.count)} ${part.name.toLowerCase()}`).join(', ');
  let x = 0;
  return (
    <svg
      class="bar"
      viewBox="0 0 1000 8"
      preserveAspectRatio="none"
      role="img"
      aria-label={`${label}: ${words || 'none'}`}
    >
      <rect class="t-empty" x="0" y="0" width="1000" height="8" />
      {shown.map((part) => {
        const width = (1000 * part.count) / total;
        const rect = (
          <rect key={part.name} class={part.tone} x={x} y="0" width={Math.max(width, 4)} height="8">
            <title>{`${part.name}: ${number(part.count)} (${percent(part.count, total)})`}</title>
          </rect>
        );
        x += width;
        return rect;
      })}
      {shown.length > 1 && <Gaps parts={shown} total={total} />}
    </svg>
  );
}

function Gaps({ parts, total }: { parts: Part[]; total: number }) {
  let x = 0;
  return (
    <>
      {parts.slice(0, -1).map((part) => {
        x += (1000 * part.count) / total;
        return (
          <line
            key={part.name}
            class="bar-gap"
            x1={x}
            x2={x}
            y1="0"
            y2="8"
            vector-effect="non-scaling-stroke"
          />
        );
      })}
    </>
  );
}

export const gradeParts = (counts: Counts): Part[] =>
  grades.map((grade) => ({ name: gradeName(grade), count: counts[grade] ?? 0, tone: `t-${grade}` }));

export function GradeBar({ counts, label }: { counts: Counts; label: string }) {
  return <Bar parts={gradeParts(counts)} label={label} />;
}
