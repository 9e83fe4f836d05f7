import { config, z } from 'zod';

// A page under a strict Content-Security-Policy may not evaluate code; zod's compiled parsers would try to.
if ('window' in globalThis) config({ jitless: true });

export { z };
