/** Examples of a command, for the end of its help. */
export function examples(...calls: readonly (readonly [call: string, what: string])[]): string {
  const lines = calls.map(([call, what]) => `  # ${what}\n  $ serac ${call}`);
  return `\nExamples:\n${lines.join('\n')}\n`;
}
