// Where things stand in a picture; pure, so that tests can hold it.

// The steps of an axis from zero that people read easily: 0, 20, 40, 60.
export function niceSteps(most: number, about = 4): number[] {
  if (most <= 0) return [0, 1];
  const rough = most / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10));
  const steps: number[] = [];
  for (let at = 0; at < most + step; at += step) steps.push(at);
  return steps;
}

// Layers on top of each other: for each point the lower and upper edge of each layer.
export function stack(points: number[][]): [low: number, high: number][][] {
  return points.map((values) => {
    let sum = 0;
    return values.map((value) => {
      sum += value;
      return [sum - value, sum];
    });
  });
}

const place = (n: number) => Number(n.toFixed(1));

// A closed path around one layer.
export function bandPath(xs: number[], low: number[], high: number[]): string {
  if (xs.length === 0) return '';
  const there = xs.map((x, i) => `${place(x)} ${place(high[i]!)}`);
  const back = xs.map((x, i) => `${place(x)} ${place(low[i]!)}`).reverse();
  return `M${there.join('L')}L${back.join('L')}Z`;
}

export function linePath(xs: number[], ys: number[]): string {
  return xs.length === 0 ? '' : `M${xs.map((x, i) => `${place(x)} ${place(ys[i]!)}`).join('L')}`;
}

// The point nearest to x, -1 of none.
export function nearest(xs: number[], x: number): number {
  let best = -1;
  xs.forEach((one, i) => {
    if (best < 0 || Math.abs(one - x) < Math.abs(xs[best]! - x)) best = i;
  });
  return best;
}
