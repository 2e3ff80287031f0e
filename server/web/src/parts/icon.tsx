// Line icons on a 16 unit grid; drawn in the colour of the text.
const paths = {
  overview: 'M2.5 13.5v-5M6.2 13.5v-9M9.8 13.5v-6M13.5 13.5v-11',
  pools: 'M8 1.8 14.2 5 8 8.2 1.8 5 8 1.8ZM2.2 8.2 8 11.2l5.8-3M2.2 11.2 8 14.2l5.8-3',
  desktops: 'M1.8 2.8h12.4v8H1.8zM5.5 13.5h5M8 10.8v2.7',
  rules: 'M3.5 1.8h6l3 3v9.4h-9zM9.2 1.8v3.4h3.3M5.8 8.5h4.4M5.8 11h4.4',
  enrolment: 'M10.2 9.6a3.9 3.9 0 1 0-3.8-3.8L1.8 10.4v3.8h3.4v-2h2v-2l.6-.6c.7.2 1.6.2 2.4 0ZM10.9 5.1h.01',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.7 10.7 14 14',
  external: 'M6.5 3.5h-3v9h9v-3M9 2.5h4.5V7M13.2 2.8 7.5 8.5',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.2V2.5h-8v8h2.7',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  cross: 'M4 4l8 8M12 4l-8 8',
  warn: 'M8 2.2 14.4 13.5H1.6L8 2.2ZM8 6.6v3.2M8 11.7v.01',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.2v9.6L12.5 8 5 3.2Z',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
  moon: 'M13.5 9.7A5.8 5.8 0 0 1 6.3 2.5a5.8 5.8 0 1 0 7.2 7.2Z',
  auto: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 2v12M8 5h4.9M8 8h6M8 11h4.9',
  leave: 'M6.5 2.5h-4v11h4M6.5 8h7.2M10.8 5.1 13.7 8l-2.9 2.9',
  right: 'm6 3.5 4.5 4.5L6 12.5',
  arrow: 'M2.5 8h10.5M9.2 4.2 13 8l-3.8 3.8',
  upload: 'M8 10.5V2.5M4.8 5.5 8 2.3l3.2 3.2M2.5 13.5h11',
  up: 'M8 13V3.5M4 7.2l4-4 4 4',
  down: 'M8 3v9.5M4 8.8l4 4 4-4',
  twins: 'M2 5.5h8.5v8H2zM5 5.2V2.5h9v8.3h-3',
  wrench:
    'M9.6 6.4a3.4 3.4 0 0 1 4.2-4.2L11.6 4.4l.3 1.7 1.7.3 2-2.2a3.4 3.4 0 0 1-4.4 4.2l-5.6 5.7a1.5 1.5 0 0 1-2.1-2.1Z',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.6',
  keyboard: 'M1.8 4h12.4v8H1.8zM4.5 6.7h.01M7 6.7h.01M9.3 6.7h.01M11.6 6.7h.01M5 9.5h6',
  waiver: 'M3.5 1.8h9v12.4L8 11.2l-4.5 3ZM6 5.8h4',
  scales: 'M8 2v11.5M4.5 13.5h7M3 4.5h10M3 4.5 1.2 9a2 2 0 0 0 3.6 0L3 4.5ZM13 4.5 11.2 9a2 2 0 0 0 3.6 0L13 4.5Z',
  alert: 'M8 1.8a4 4 0 0 0-4 4c0 3.4-1.5 4.9-1.5 4.9h11S12 9.2 12 5.8a4 4 0 0 0-4-4ZM6.6 13.4a1.6 1.6 0 0 0 2.8 0',
  report: 'M2.5 13.5h11M4.2 11V7.5M8 11V3M11.8 11V5.5',
  audit: 'M3 1.8h10v12.4H3zM5.5 5h5M5.5 8h5M5.5 11h2.5',
  admin: 'M8 10.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4ZM8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2M3.6 3.6 5 5M11 11l1.4 1.4M3.6 12.4 5 11M11 5l1.4-1.4',
  users: 'M6 7.5a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4ZM1.5 13.8c.3-2.6 2-4 4.5-4s4.2 1.4 4.5 4M10.5 2.4a2.7 2.7 0 0 1 0 4.8M12 10.2c1.5.6 2.4 1.8 2.6 3.6',
  send: 'M14 2 7 9M14 2l-4.5 12L7 9 2 6.5Z',
  quiet: 'M12 10.7c-.3-.8-.6-2-.6-3.9 0-1-.2-1.8-.6-2.4M4.6 5.8c-.1.3-.1.7-.1 1 0 3.4-1.5 4.9-1.5 4.9h8M6.6 13.6a1.6 1.6 0 0 0 2.8 0M2 2l12 12',
  trash: 'M2.8 4.2h10.4M6 4V2.3h4V4M4.2 4.5l.6 9.2h6.4l.6-9.2M6.8 7v4M9.2 7v4',
  print: 'M4.5 6V2h7v4M4.5 11.5h-2V6h11v5.5h-2M4.5 9.5h7V14h-7z',
  download: 'M8 2v8M4.8 7 8 10.2 11.2 7M2.5 13.5h11',
};
export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path
        d={paths[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
