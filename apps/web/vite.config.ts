import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

/** Where `npm run dev` finds a running api. */
const api = process.env.PARLEY_API ?? 'http://localhost:8080';

export default defineConfig({
  plugins: [sveltekit({ adapter: adapter({ fallback: '200.html' }) })],
  build: { target: 'es2022' },
  server: {
    proxy: {
      '/health': { target: api, changeOrigin: true },
      '/api': { target: api, changeOrigin: true },
      '/socket.io': { target: api, changeOrigin: true, ws: true },
    },
  },
});
