import { linePath } from '../app/scale';
import { number } from '../app/words';

const width = 100;
const height = 22;

// One number over time in the space of a word; its first and last value stand in its label.
export function Sparkline({ values, label, most }: { values: number[]; label: string; most?: number }) {
  if (values.length < 2) return null;
  const top = Math.max(most ?? 0, ...values, 1);
  const xs = values.map((_, i) => (width * i) / (values.length - 1));
  const ys = values.map((value) => 1.5 + (height - 3) * (1 - value / top));
  const line = linePath(xs, ys);
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      width={width}
      height={height}
      role="img"
      aria-label={`${label}: from ${number(values[0]!)} to ${number(values.at(-1)!)}`}
    >
      <path class="spark-area" d={`${line}L${width} ${height}L0 ${height}Z`} />
      <path class="spark-line" d={line} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
