/** What a table says whose peers are not installed. */
export function absentNotes(peers: Readonly<Record<string, unknown>>): string[] {
  const absent = Object.keys(peers).filter((name) => peers[name] === undefined);
  return absent.length === 0 ? [] : [`Without ${absent.join(' and ')}: \`npm ci --prefix bench\` installs the peers.`];
}
