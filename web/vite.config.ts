import { defineConfig } from 'vite'

/** One page, served below every account's address; its assets lie at the root of the host. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 900 },
})
