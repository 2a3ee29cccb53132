// Has every function of the built program say when it runs: `node --import ./scripts/trade-way-hook.js bin/serac.js run`, started by
// scripts/trade-way.js, which asks for the counts by messages.
import { register } from 'node:module';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** What ran since it was asked last, by `file:function`, in the order of the first call. */
let counts = new Map();
globalThis.__ran = (place) => counts.set(place, (counts.get(place) ?? 0) + 1);
process.on('message', () => {
  const ran = [...counts];
  counts = new Map();
  process.send(ran);
});
// The channel alone does not keep the process from its end.
process.channel?.unref();
register(import.meta.url.replace('hook.js', 'loader.js'), { data: fileURLToPath(new URL('../dist/', import.meta.url)) });
