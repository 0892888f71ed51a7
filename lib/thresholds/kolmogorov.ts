/**
 * The two-sample test of Kolmogorov and Smirnov, with its exact p-value. Counts are whole numbers throughout, so that no
 * rounding decides which deviations are as large as the one observed.
 */

/**
 * The largest distance of two empirical distributions, as a whole number: times `a.length * b.length`.
 *
 * @param a, b - sorted
 */
export function largestDeviation(a: readonly number[], b: readonly number[]): number {
  let [i, j, largest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    // Equal values of both are passed together.
    const value = Math.min(a[i] ?? 0, b[j] ?? 0);
    while (i < a.length && (a[i] ?? 0) <= value) {
      i++;
    }
    while (j < b.length && (b[j] ?? 0) <= value) {
      j++;
    }
    largest = Math.max(largest, Math.abs(i * b.length - j * a.length));
  }
  return largest;
}

/**
 * The probability that two samples of m and n values of one continuous distribution deviate by at least `deviation`; with
 * equal values it is an upper bound. Of all orders in which the values can come, it is the share of those that reach the
 * deviation somewhere: a sum of positive terms, which keeps all its digits however small it is. Takes m * n steps.
 */
export function deviationProbability(deviation: number, m: number, n: number): number {
  // reached[j]: of the orders of the first i and j values, the share that has reached it.
  const reached = new Float64Array(n + 1);
  for (let i = 0; i <= m; i++) {
    for (let j = 0; j <= n; j++) {
      if (Math.abs(i * n - j * m) >= deviation) {
        reached[j] = 1;
      } else if (i + j > 0) {
        const fromI = i === 0 ? 0 : (reached[j] ?? 0) * i;
        const fromJ = j === 0 ? 0 : (reached[j - 1] ?? 0) * j;
        reached[j] = (fromI + fromJ) / (i + j);
      } else {
        reached[j] = 0;
      }
    }
  }
  return reached[n] ?? 1;
}
