// Serves the built page on 127.0.0.1 with its content security policy: node serve.mjs [--port 5173] [--deployment FILE]
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const built = fileURLToPath(new URL("dist", import.meta.url));
const types = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml", ".wasm": "application/wasm",
  ".woff2": "font/woff2", ".png": "image/png",
};

/**
 * What the page may do: run its own scripts and the rules as wasm, and reach the chain and the gateways that it is set to. No inline
 * script, no inline style, no other host.
 */
export function policy(deployment) {
  const reached = [deployment.chain.rpc, deployment.chain.rest, ...Object.values(deployment.gateways ?? {})].map((url) => new URL(url).origin);
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    `connect-src 'self' ${[...new Set(reached)].join(" ")}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Serves a built page until it is closed. Resolves with its address. */
export async function serve({ port = 5173, folder = built, deploymentFile = join(folder, "deployment.json") } = {}) {
  const server = createServer((request, response) => {
    answer(request, response, { folder, deploymentFile }).catch((error) => {
      response.writeHead(500, { "content-type": "text/plain" }).end(`${error.message}\n`);
    });
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }) };
}

async function answer(request, response, { folder, deploymentFile }) {
  const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
  const name = path.endsWith("/") ? "/index.html" : path;
  const file = name === "/deployment.json" ? deploymentFile : join(folder, name);
  if (name.includes("..") || (request.method !== "GET" && request.method !== "HEAD")) {
    response.writeHead(405).end();
    return;
  }
  const [content, deployment] = await Promise.all([readFile(file).catch(() => null), readFile(deploymentFile, "utf8")]);
  const headers = {
    "content-security-policy": policy(JSON.parse(deployment)),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    // Names of assets hold a hash of their content; everything else may change.
    "cache-control": name.startsWith("/assets/") ? "max-age=31536000, immutable" : "no-cache",
  };
  if (content === null) response.writeHead(404, headers).end("not found\n");
  else response.writeHead(200, { ...headers, "content-type": types[extname(name)] ?? "application/octet-stream" }).end(request.method === "HEAD" ? undefined : content);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const value = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);
  const file = value("--deployment");
  const { url } = await serve({ port: parseInt(value("--port") ?? "5173", 10), ...(file && { deploymentFile: file }) });
  console.log(`The page: ${url}`);
}
