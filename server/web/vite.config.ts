import { defineConfig } from 'vite';

// The page is served under a Content-Security-Policy without 'unsafe-inline': nothing may be inlined.
export default defineConfig({
  build: {
    outDir: process.env.VDIWATCH_WEB_OUT ?? 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    reportCompressedSize: false,
  },
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
});
