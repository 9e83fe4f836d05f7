// Parley under PM2, on one machine and without containers:
//
//   npm ci && npm run build --workspace @parley/web
//   export REDIS_URL=… MONGODB_URL=… PARLEY_TOKEN_SECRET=… PARLEY_SETUP_CODE=… PARLEY_PUBLIC_URL=https://chat.example
//   pm2 start deploy/pm2.config.cjs
//
// Each api node is a process with a port of its own, from PORT (8080) on; PARLEY_API_NODES says how many (4). In front of
// them stands whatever ends TLS, in turn to any of them: a socket stays with its node, and no request needs a certain one.
// PARLEY_WORKERS says how many workers there are (1); they listen on nothing. `pm2 reload` drains one after the other.
const { join } = require('node:path');

const root = join(__dirname, '..');
const count = (name, usual) => Number(process.env[name] || usual);

/** Longer than a node or worker takes to hand over, which it does on PM2's SIGINT. */
const kept = {
  cwd: root,
  interpreter: join(root, 'node_modules/node/bin/node'),
  exec_mode: 'fork',
  kill_timeout: 12_000,
};

const api = (index) => ({
  ...kept,
  name: `parley-api-${index + 1}`,
  script: join(root, 'apps/api/src/main.ts'),
  env: {
    NODE_ENV: 'production',
    PORT: String(count('PORT', 8080) + index),
    PARLEY_WEB_DIR: join(root, 'apps/web/build'),
  },
});
const worker = (index) => ({
  ...kept,
  name: `parley-worker-${index + 1}`,
  script: join(root, 'apps/worker/src/main.ts'),
  env: { NODE_ENV: 'production' },
});

module.exports = {
  apps: [
    ...Array.from({ length: count('PARLEY_API_NODES', 4) }, (_, index) => api(index)),
    ...Array.from({ length: count('PARLEY_WORKERS', 1) }, (_, index) => worker(index)),
  ],
};
