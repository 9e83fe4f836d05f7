export { AppProcess, type AppProcessOptions, type AppRole, type ProcessWatch } from './app-process.ts';
export { startStack, unlimited, type Stack, type StackOptions } from './stack.ts';
