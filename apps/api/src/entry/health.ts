import { readFileSync } from 'node:fs';
import { PROTOCOL_VERSION } from '@parley/events';
import express, { type Router } from 'express';

/** How a node is, in short texts. */
export interface Health {
  /** What it waits for before it may take requests; empty when it is ready. */
  reasons(): readonly string[];
  /** What it does without while it serves. */
  impaired(): readonly string[];
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** `/health/live`: the process runs. `/health/ready`: 503 with the reasons while it may not serve. `/version`. */
export function createHealth(health: Health): Router {
  const router = express.Router();
  router.use((_, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  router.get('/health/live', (_, response) => void response.json({ live: true }));
  router.get('/health/ready', (_, response) => {
    const waitingFor = health.reasons();
    const ready = waitingFor.length === 0;
    response.status(ready ? 200 : 503).json({ ready, reasons: waitingFor, impaired: health.impaired() });
  });
  router.get('/version', (_, response) => void response.json({ version, protocol: PROTOCOL_VERSION }));
  return router;
}
