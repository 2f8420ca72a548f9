import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  // The tool rules take paths apart as Node does.
  resolve: { alias: { 'node:path': 'path-browserify' } },
  build: { target: 'es2023', sourcemap: false, modulePreload: { polyfill: false } },
  server: { proxy: { '/v1': { target: server, ws: true }, '/auth': { target: server } } },
});
