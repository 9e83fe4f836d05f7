export { FileOutboxStore } from './outbox/file-store.ts';
