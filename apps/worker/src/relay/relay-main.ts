import { parentPort, workerData } from 'node:worker_threads';

import type { Config } from '../config.ts';
import { createLogger } from '../logger.ts';
import { Relay } from './relay.ts';

/** What the thread is told when it begins. */
export type RelaySetting = Pick<Config, 'logUrl' | 'fanoutUrl' | 'logLevel'>;

const setting = workerData as RelaySetting;
const relay = new Relay(setting, createLogger(setting));
// The only message is that it is to end.
parentPort?.once('message', () => {
  parentPort?.close();
  void relay[Symbol.asyncDispose]();
});
