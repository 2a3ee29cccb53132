import { startStore } from './store-process.js';

/** A parent for the test to kill: launches the store of the folder in its first argument, says where it is, and waits. */
const store = await startStore(process.argv[2]!);
process.stdout.write(`${JSON.stringify({ url: store.url, pid: store.pid, port: store.port, password: store.password })}\n`);
setInterval(() => undefined, 1_000);
