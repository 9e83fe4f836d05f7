import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Request, type Response, type Router } from 'express';

/** The page that stands for every address inside the app. */
const PAGE = '200.html';
/** Below here every file's name holds a hash of its content. */
const HASHED = /[/\\]_app[/\\]immutable[/\\]/;

/** @returns the app's page, '' where the folder holds no built app. */
export function readPage(webDir: string | undefined): string {
  if (webDir === undefined) return '';
  try {
    return readFileSync(join(webDir, PAGE), 'utf8');
  } catch {
    return '';
  }
}

/** Serves the built web app: files as they are, and its page for every other address that a browser opens. */
export function createStaticWeb(webDir: string): Router {
  const router = express.Router();
  router.use(express.static(webDir, { index: false, redirect: false, setHeaders: setCaching }));
  router.get(/^\/(?!_app\/|socket\.io\/|api\/).*/, (request: Request, response: Response, next) => {
    if (request.accepts(['json', 'html']) !== 'html') {
      next();
      return;
    }
    response.set('Cache-Control', 'no-cache').sendFile(PAGE, { root: webDir });
  });
  return router;
}

function setCaching(response: Response, path: string): void {
  response.set('Cache-Control', HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache');
}
