export function Brand() {
  return (
    <span class="brand">
      <svg class="brand-mark" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
        <rect class="brand-tile" x="1" y="1" width="30" height="30" rx="8" />
        <g class="brand-line" fill="none" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">
          <path d="M8 9.5h16v10H8zM12.5 24h7M12 14.6l2.6 2.4 5.2-4.8" />
        </g>
      </svg>
      vdiwatch
    </span>
  );
}
