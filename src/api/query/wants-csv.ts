/** Whether CSV is asked for: by `format`, else by an Accept header that likes text/csv better than JSON. */
export function wantsCsv(format: 'json' | 'csv' | undefined, accept: string | undefined): boolean {
  if (format !== undefined) return format === 'csv';
  const header = accept ?? '*/*';
  const csv = weight(header, 'text/csv') ?? 0;
  const json = weight(header, 'application/json') ?? weight(header, 'application/*') ?? weight(header, '*/*') ?? 0;
  return csv > 0 && csv >= json;
}

function weight(accept: string, type: string): number | undefined {
  for (const part of accept.toLowerCase().split(',')) {
    const [name, ...parameters] = part.split(';').map((text) => text.trim());
    if (name !== type) continue;
    const quality = parameters.find((text) => text.startsWith('q='));
    const value = quality === undefined ? 1 : Number(quality.slice(2));
    return Number.isNaN(value) ? 0 : value;
  }
  return undefined;
}
