/**
 * The beta distribution, to close to the last digit: what exact intervals of a share are made of. The density is taken by
 * Loader's saddle point ("Fast and accurate computation of binomial probabilities", 2000), which loses no digits to large
 * parameters; the distribution by its continued fraction, in Lentz's way.
 */

const TINY = 1e-300;
const EPSILON = 1e-16;

/** Error of Stirling's formula for the logarithm of gamma at `z` > 0. */
function stirlingError(z: number): number {
  let error = 0;
  let at = z;
  for (; at < 16; at++) {
    error += (at + 0.5) * Math.log1p(1 / at) - 1;
  }
  const square = 1 / (at * at);
  const series = 1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)));
  return error + series / at;
}

/** `a * ln(a / m)`, with its digits where the two are close. */
function deviance(a: number, m: number): number {
  return -a * Math.log1p((m - a) / a);
}

/** x^a (1 - x)^b / B(a, b). */
function front(x: number, a: number, b: number): number {
  const n = a + b;
  const exponent =
    stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x) - deviance(b, n * (1 - x));
  return Math.sqrt(((a / n) * b) / (2 * Math.PI)) * Math.exp(exponent);
}

function away(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** The continued fraction of the distribution; takes about the root of the larger parameter in steps. */
function fraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m < 1_000_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const change = d * c;
    result *= change;
    if (Math.abs(change - 1) <= EPSILON) {
      break;
    }
  }
  return result;
}

/** The regularised incomplete beta function: P(X <= x) for X of Beta(a, b), with a, b > 0. */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) {
    return x <= 0 ? 0 : 1;
  }
  return x <= (a + 1) / (a + b + 2)
    ? (front(x, a, b) / a) * fraction(x, a, b)
    : 1 - (front(x, a, b) / b) * fraction(1 - x, b, a);
}

/** The x with `betaCdf(x, a, b) = p`, by halving: the distribution rises. */
export function betaQuantile(p: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high || high - low <= EPSILON * high) {
      return middle;
    }
    if (betaCdf(middle, a, b) < p) {
      low = middle;
    } else {
      high = middle;
    }
  }
}
