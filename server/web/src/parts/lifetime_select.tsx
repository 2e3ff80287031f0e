const lifetimes: [seconds: number, name: string][] = [
  [86_400, '1 day'],
  [7 * 86_400, '7 days'],
  [30 * 86_400, '30 days'],
  [90 * 86_400, '90 days'],
  [365 * 86_400, '1 year'],
];

// How long a token lasts, as the form's `expires_in_s`.
export function LifetimeSelect({ usual }: { usual: number }) {
  return (
    <select name="expires_in_s">
      {lifetimes.map(([seconds, name]) => (
        <option key={seconds} value={seconds} selected={seconds === usual}>
          {name}
        </option>
      ))}
    </select>
  );
}
