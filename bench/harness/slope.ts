/** Slope of the line that comes nearest to points (minutes, value), by least squares. */
export function slopePerMinute(points: readonly (readonly [minutes: number, value: number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [meanMinutes, meanValue] = [mean(([minutes]) => minutes), mean(([, value]) => value)];
  const across = mean(([minutes, value]) => (minutes - meanMinutes) * (value - meanValue));
  return across / mean(([minutes]) => (minutes - meanMinutes) ** 2);
}
