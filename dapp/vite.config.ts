import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// A static page: relative addresses, no inlined assets, since its policy allows neither inline scripts nor data addresses.
export default defineConfig({
  base: "./",
  plugins: [react()],
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 2500 },
});
