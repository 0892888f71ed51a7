/** Numbers as the page writes them. */

/** `97.3 %`. */
export function percent(share: number, decimals = 1): string {
  return `${(share * 100).toFixed(decimals)} %`;
}

/** A score or threshold with four digits that count. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) {
    return String(value);
  }
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-4 || size >= 1e6) ? value.toExponential(3) : String(Number(value.toPrecision(4)));
}

/** `448 x 448`, height first. */
export function extent([height, width]: readonly [number, number]): string {
  return `${height} x ${width}`;
}

/** `2026-01-31 12:00:00 UTC`. */
export function moment(date: string): string {
  return date.replace('T', ' ').replace(/\.\d+Z$|Z$/, ' UTC');
}

/** Seconds as a person tells them. */
export function duration(seconds: number): string {
  if (seconds < 60) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
