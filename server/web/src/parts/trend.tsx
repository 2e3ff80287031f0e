import { useState } from 'preact/hooks';
import type { TargetedPointerEvent } from 'preact';
import type { Counts, Grade } from '../api/types';
import { bandPath, nearest, niceSteps, stack } from '../app/scale';
import { shortDay } from '../app/time';
import { gradeName, grades, number, percent } from '../app/words';
import { Table } from './table';

export interface TrendPoint {
  at: string;
  counts: Counts;
}

const width = 1000;
const height = 180;
// The bad at the bottom, where a change of it is seen best.
const layers: Grade[] = grades;
const dateTicks = 6;

interface Drawn {
  xs: number[];
  bands: { grade: Grade; path: string }[];
  steps: number[];
  y: (value: number) => number;
}

function draw(points: TrendPoint[]): Drawn {
  const times = points.map(({ at }) => Date.parse(at));
  const from = times[0] ?? 0;
  const span = Math.max((times.at(-1) ?? 0) - from, 1);
  const xs = times.map((at) => (width * (at - from)) / span);
  const stacked = stack(points.map(({ counts }) => layers.map((grade) => counts[grade] ?? 0)));
  const most = Math.max(0, ...stacked.map((one) => one.at(-1)![1]));
  const steps = niceSteps(most);
  const y = (value: number) => height - (height * value) / steps.at(-1)!;
  const bands = layers.map((grade, i) => ({
    grade,
    path: bandPath(
      xs,
      stacked.map((one) => y(one[i]![0])),
      stacked.map((one) => y(one[i]![1])),
    ),
  }));
  return { xs, bands, steps, y };
}

const total = (counts: Counts) => grades.reduce((sum, grade) => sum + (counts[grade] ?? 0), 0);

function Readout({ point }: { point: TrendPoint }) {
  const all = total(point.counts);
  return (
    <p class="trend-readout">
      <b>{shortDay(Date.parse(point.at))}</b>
      {grades.map((grade) => (
        <span key={grade}>
          <span class={`swatch g-${grade}`} />
          {gradeName(grade)} {number(point.counts[grade] ?? 0)}{' '}
          <span class="faint">{percent(point.counts[grade] ?? 0, all)}</span>
        </span>
      ))}
    </p>
  );
}

function AsTable({ points, label }: { points: TrendPoint[]; label: string }) {
  return (
    <details class="fold trend-table">
      <summary>As a table</summary>
      <Table label={`${label}, day by day`}>
        <thead>
          <tr>
            <th scope="col">Day</th>
            {grades.map((grade) => (
              <th key={grade} scope="col" class="num">
                {gradeName(grade)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...points].reverse().map((point) => (
            <tr key={point.at}>
              <th scope="row">{shortDay(Date.parse(point.at))}</th>
              {grades.map((grade) => (
                <td key={grade} class="num">
                  {number(point.counts[grade] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </Table>
    </details>
  );
}

// How many stood at which grade, over two points of time or more: stacked areas, what the pointer is at in words, and a table.
// Drawn as SVG by the style sheet's colours, so that themes, forced colours and print need no redraw.
export function Trend({ points, label }: { points: TrendPoint[]; label: string }) {
  const [at, setAt] = useState<number>();
  const last = points.length - 1;
  const { xs, bands, steps, y } = draw(points);
  const shown = at ?? last;
  const point = (event: TargetedPointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setAt(nearest(xs, (width * (event.clientX - box.left)) / box.width));
  };
  const every = Math.max(1, Math.round(last / (dateTicks - 1)));
  const first = points[0]!;
  const words = (one: TrendPoint) =>
    grades.map((grade) => `${number(one.counts[grade] ?? 0)} ${gradeName(grade).toLowerCase()}`).join(', ');
  return (
    <figure class="trend">
      <Readout point={points[shown]!} />
      <div class="trend-frame">
        <div class="trend-scale" aria-hidden="true">
          {[...steps].reverse().map((value) => (
            <span key={value}>{number(value)}</span>
          ))}
        </div>
        <svg
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${label}. ${shortDay(Date.parse(first.at))}: ${words(first)}. ${shortDay(Date.parse(points[last]!.at))}: ${words(points[last]!)}.`}
          onPointerMove={point}
          onPointerLeave={() => setAt(undefined)}
        >
          {steps.map((value) => (
            <line key={value} class="trend-grid" x1="0" x2={width} y1={y(value)} y2={y(value)} vector-effect="non-scaling-stroke" />
          ))}
          {bands.map(({ grade, path }) => (
            <path key={grade} class={`t-${grade}`} d={path} />
          ))}
          {at !== undefined && (
            <line class="trend-cursor" x1={xs[shown]} x2={xs[shown]} y1="0" y2={height} vector-effect="non-scaling-stroke" />
          )}
        </svg>
        <div class="axis" aria-hidden="true">
          {points
            .filter((_, i) => i % every === 0 || i === last)
            .map(({ at: day }) => (
              <span key={day}>{shortDay(Date.parse(day))}</span>
            ))}
        </div>
      </div>
      <AsTable points={points} label={label} />
    </figure>
  );
}
