import type { Incarnation } from '../api/types';

export interface Life {
  from: number;
  to: number;
  lane: number;
  incarnation: Incarnation;
}

// Lives side by side get a lane each: two lanes at one moment are two machines at once.
export function layLives(incarnations: Incarnation[]): Life[] {
  const ends: number[] = [];
  return [...incarnations]
    .map((incarnation) => ({
      from: Date.parse(incarnation.enrolled_at),
      to: Math.max(Date.parse(incarnation.last_seen), Date.parse(incarnation.enrolled_at)),
      incarnation,
    }))
    .sort((a, b) => a.from - b.from)
    .map((life) => {
      const free = ends.findIndex((end) => end <= life.from);
      const lane = free < 0 ? ends.length : free;
      ends[lane] = life.to;
      return { ...life, lane };
    });
}
