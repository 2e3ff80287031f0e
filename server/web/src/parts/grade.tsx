import type { RuleGrade } from '../api/types';
import { gradeMeaning, gradeName } from '../app/words';

// Each grade has a shape of its own, so that colour is never the only sign.
const shapes: Record<RuleGrade, { body: string; sign: string }> = {
  compliant: { body: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Z', sign: 'm4.8 8.3 2.2 2.2 4.2-4.6' },
  conditional: {
    body: 'M7.1 1.9a1 1 0 0 1 1.8 0l6.2 11.2a1 1 0 0 1-.9 1.5H1.8a1 1 0 0 1-.9-1.5Z',
    sign: 'M8 5.8v4M8 12v.01',
  },
  unknown: {
    body: 'M3.5 1.5h9a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2Z',
    sign: 'M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.3M8 11.6v.01',
  },
  noncompliant: {
    body: 'M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1Z',
    sign: 'm5.4 5.4 5.2 5.2M10.6 5.4l-5.2 5.2',
  },
  waived: { body: 'M2.5 1.5h11v13L8 11.5l-5.5 3Z', sign: 'M5.5 6h5' },
  not_applicable: { body: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Z', sign: 'M5 8h6' },
};

export const gradeClass = (grade: RuleGrade | null) => `g-${grade ?? 'none'}`;

export function GradeMark({ grade }: { grade: RuleGrade | null }) {
  const shape = shapes[grade ?? 'not_applicable'] ?? shapes.not_applicable;
  return (
    <svg class={`mark ${gradeClass(grade)}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path class="mark-body" d={shape.body} />
      <path
        class="mark-sign"
        d={shape.sign}
        fill="none"
        stroke-width="1.7"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}

export function GradeBadge({
  grade,
  large,
  loud,
}: {
  grade: RuleGrade | null;
  large?: boolean;
  loud?: boolean;
}) {
  return (
    <span
      class={`badge ${gradeClass(grade)}${large ? ' badge-large' : ''}${large || loud ? ' badge-loud' : ''}`}
      title={grade ? gradeMeaning(grade) : undefined}
    >
      <GradeMark grade={grade} />
      {gradeName(grade)}
    </span>
  );
}
