/** Who may import whom, as docs/architecture.md draws it. A folder may always import from itself, and every folder from errors.ts. */
const allowed = {
  domain: [],
  codec: ['domain'],
  exchanges: ['domain'],
  machines: ['domain'],
  sources: ['domain', 'exchanges'],
  streams: ['domain', 'exchanges'],
  workers: ['domain', 'exchanges', 'streams', 'codec'],
  actors: ['domain', 'exchanges', 'machines', 'sources'],
  sinks: ['domain', 'codec', 'machines', 'actors'],
  store: ['domain', 'codec'],
  recording: ['domain', 'codec', 'exchanges', 'machines', 'sources', 'streams', 'actors', 'sinks'],
  reading: ['domain', 'exchanges', 'machines', 'recording'],
  // Names of venues are checked, too.
  config: ['domain', 'machines', 'exchanges'],
  api: ['domain', 'codec'],
  simulator: [],
};
/** npm packages that a folder may use; what is not named here is for the command line. */
const packages = {
  domain: [],
  codec: ['apache-arrow'],
  exchanges: [],
  machines: ['xstate'],
  sources: ['ws', 'rxjs', 'https-proxy-agent'],
  streams: ['rxjs'],
  workers: ['piscina'],
  actors: ['xstate', 'rxjs'],
  sinks: ['@clickhouse/client', 'kafkajs', 'rxjs'],
  store: ['@clickhouse/client', 'chdb', 'apache-arrow'],
  recording: ['rxjs'],
  reading: [],
  config: ['typebox', 'yaml'],
  api: ['fastify', '@fastify/', 'typebox', 'prom-client'],
  simulator: ['ws', 'yaml'],
};
const rules = Object.entries(allowed).flatMap(([layer, others]) => {
  const reach = [layer, ...others];
  const shared = layer === 'simulator' ? '' : '|^src/(errors|system-error)\\.ts$';
  return [
    {
      name: `${layer}-imports`,
      severity: 'error',
      from: { path: `^src/${layer}/` },
      to: { path: '^src/', pathNot: `^src/(${reach.join('|')})/${shared}` },
    },
    {
      name: `${layer}-packages`,
      severity: 'error',
      from: { path: `^src/${layer}/` },
      to: { path: 'node_modules', pathNot: packages[layer].length ? `node_modules/(${packages[layer].join('|')})` : '^$' },
    },
  ];
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'src-not-to-test', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|bench)/' } },
    {
      name: 'daemon-imports',
      severity: 'error',
      from: { path: '^src/daemon/' },
      to: { path: '^src/(cli|simulator|inspector|main)' },
    },
    { name: 'cli-imports', severity: 'error', from: { path: '^src/cli/' }, to: { path: '^src/(inspector|main)' } },
    {
      name: 'sdks-in-sinks-and-store',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(sinks|store)/' },
      to: { path: 'node_modules/(@clickhouse|kafkajs|chdb)' },
    },
    ...rules,
  ],
  options: { tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' }, doNotFollow: { path: 'node_modules' } },
};
