// Follows trades through the running program, from the socket to their acknowledged rows: a daemon whose functions say when they run
// (scripts/trade-way-hook.js) is heard while nothing trades, then while trades come. What ran more often then is the way. In both the venue
// pings: that a connection is alive is said at most once a second, by whatever comes, and is not the way of a trade.
// Prints the files in the order in which the trades came to them: `npm run way [-- --functions]`.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';

/**
 * One span of each kind, in ms: so long that the candle of the last trades closes in it, at the latest when the watermark, 2 s behind, passes
 * its end. Checkpoints, every 10 s, take the way of trades, too: no phase of them meets the trades of all three rounds.
 */
const SPAN_MS = 4_500;
const ROUNDS = 3;
/** Trades come in less than a second after the ping, in so many bursts that their way is run more often than that of the ping. */
const [BURSTS, BURST_EVERY_MS, BURST_TRADES] = [5, 150, 40];

const { url, publish, close } = await openVenue();
const folder = mkdtempSync(join(tmpdir(), 'serac-trade-way-'));
const config = join(folder, 'serac.yaml');
writeFileSync(
  config,
  JSON.stringify({
    feeds: ['binance:BTC-USDT'],
    data: join(folder, 'data'),
    api: { port: 0 },
    venues: { binance: { ws: [`ws://${url}`], rest: [`http://${url}`] } },
  }),
);
const daemon = fork('bin/serac.js', ['run', '-c', config], {
  execArgv: ['--import', new URL('trade-way-hook.js', import.meta.url).href],
  env: { ...process.env, SERAC_LOG_LEVEL: 'warn' },
});
try {
  await publish.connected;
  // Connections, windows and whatever is made once are there when the way is looked at.
  for (let second = 0; second < 8; second++) {
    publish.trades(20);
    await sleep(1_000);
  }
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    // What the trades of the round before left behind is done with.
    await sleep(SPAN_MS);
    const idle = await span(() => undefined);
    rounds.push({ idle, loaded: await span(() => publish.trades(BURST_TRADES)) });
  }
  print(way(rounds), process.argv.includes('--functions'));
} finally {
  daemon.kill('SIGTERM');
  await once(daemon, 'exit');
  await close();
  rmSync(folder, { recursive: true });
}

/** What ran, and how often, in a span in which the venue pings and `burst` is called. */
async function span(burst) {
  await ran();
  publish.ping();
  for (let count = 0; count < BURSTS; count++) {
    await sleep(BURST_EVERY_MS);
    burst();
  }
  await sleep(SPAN_MS - BURSTS * BURST_EVERY_MS);
  return new Map(await ran());
}

async function ran() {
  daemon.send('ran');
  const [counts] = await once(daemon, 'message');
  return counts;
}

/** Places that ran more often in every loaded span than in the idle span before it, in the order of the first round. */
function way(rounds) {
  const ranMore = ({ idle, loaded }, place) => (loaded.get(place) ?? 0) > 2 * (idle.get(place) ?? 0);
  return [...rounds[0].loaded.keys()].filter((place) => rounds.every((round) => ranMore(round, place)));
}

function print(places, withFunctions) {
  const files = new Map();
  for (const place of places) {
    const [file, name, kind] = place.split(':');
    if (!files.has(file)) files.set(file, []);
    files.get(file).push({ name, kind });
  }
  const forwarders = [...files].filter(([, functions]) => functions.every(({ kind }) => kind === 'forwards')).map(([file]) => file);
  for (const [file, functions] of files) {
    const mark = forwarders.includes(file) ? '  (hands on)' : '';
    process.stdout.write(
      `src/${file.replace(/js$/, 'ts')}${mark}${withFunctions ? `: ${functions.map(({ name }) => name).join(', ')}` : ''}\n`,
    );
  }
  process.stdout.write(`${files.size} files, ${forwarders.length} of them only hand on\n`);
}

/** A Binance of one market that trades when it is told to. */
async function openVenue() {
  const server = createServer((request, response) => {
    const symbols = [{ symbol: 'BTCUSDT', status: 'TRADING', baseAsset: 'BTC', quoteAsset: 'USDT', filters: [] }];
    response.setHeader('content-type', 'application/json').end(request.url.includes('exchangeInfo') ? JSON.stringify({ symbols }) : '[]');
  });
  const sockets = new WebSocketServer({ server });
  let id = 1;
  const connected = new Promise((resolve) => {
    sockets.on('connection', (socket) => {
      socket.on('message', (message) => {
        socket.send(JSON.stringify({ result: null, id: JSON.parse(String(message)).id }));
        resolve();
      });
      if (new URL(`ws://venue${socket.url ?? ''}`).pathname !== '/') resolve();
    });
  });
  const trades = (count) => {
    // As one piece, which is read at once: each burst is one block.
    for (const { _socket } of sockets.clients) _socket.cork();
    for (let n = 0; n < count; n++) {
      const at = Date.now();
      const trade = { e: 'trade', E: at, s: 'BTCUSDT', t: id++, p: '60000.01000000', q: '0.01000000', T: at, m: true, M: true };
      for (const socket of sockets.clients) socket.send(JSON.stringify({ stream: 'btcusdt@trade', data: trade }));
    }
    for (const { _socket } of sockets.clients) _socket.uncork();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `127.0.0.1:${server.address().port}`,
    publish: { connected, trades, ping: () => sockets.clients.forEach((socket) => socket.ping()) },
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}
