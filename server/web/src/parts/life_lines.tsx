import type { Desktop } from '../api/types';
import { layLives } from '../app/lives';
import { shortDay, shortHour } from '../app/time';
import { plural, spaced } from '../app/words';

const width = 1000;
const laneHeight = 16;
const thinnest = 3;
const ticks = 5;

function Axis({ from, to }: { from: number; to: number }) {
  const text = to - from > 3 * 86_400_000 ? shortDay : shortHour;
  return (
    <div class="axis" aria-hidden="true">
      {Array.from({ length: ticks }, (_, i) => (
        <span key={i}>{text(from + ((to - from) * i) / (ticks - 1))}</span>
      ))}
    </div>
  );
}

// A picture of a desktop's lives: one bar per incarnation, one tick per event. The tables beside it say the same.
export function LifeLines({ desktop, now }: { desktop: Desktop; now: number }) {
  const lives = layLives(desktop.incarnations);
  const first = lives[0];
  if (!first) return null;
  const from = first.from;
  const to = Math.max(now, from + 60_000);
  const x = (at: number) => (width * (at - from)) / (to - from);
  const lanes = Math.max(...lives.map(({ lane }) => lane)) + 1;
  const height = lanes * laneHeight + 6;
  const atOnce = lanes > 1 ? `; up to ${lanes} at once` : '';
  const events = desktop.events.filter(({ kind }) => kind !== 'enrolled');
  return (
    <figure class="lives">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        height={height}
        role="img"
        aria-label={`${plural(lives.length, 'incarnation')} since ${shortDay(from)}${atOnce}. The table Incarnations lists them.`}
      >
        {lives.map(({ incarnation, ...life }) => (
          <rect
            key={incarnation.id}
            class={`life life-${incarnation.state}`}
            x={x(life.from)}
            y={3 + life.lane * laneHeight}
            width={Math.max(x(life.to) - x(life.from) - 1, thinnest)}
            height={laneHeight - 5}
          >
            <title>{`${incarnation.id}: ${spaced(incarnation.state)}, boot ${incarnation.boot_id.slice(0, 8)}`}</title>
          </rect>
        ))}
        {events.map((event) => (
          <line
            key={event.at + event.kind}
            class="life-event"
            x1={x(Date.parse(event.at))}
            x2={x(Date.parse(event.at))}
            y1="0"
            y2={height}
            vector-effect="non-scaling-stroke"
          >
            <title>{spaced(event.kind)}</title>
          </line>
        ))}
      </svg>
      <Axis from={from} to={to} />
    </figure>
  );
}
