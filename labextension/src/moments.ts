/** Durations and counts as people read them; everything takes the moment it is told, so that tests need no clock. */

/** Seconds in the two largest units that matter: 0.4 s, 42 s, 3 min 05 s, 2 h 07 min, 3 d 4 h. */
export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) {
    return '';
  }
  const whole = Math.max(0, seconds);
  if (whole < 9.95) {
    return `${whole.toFixed(1)} s`;
  }
  const rounded = Math.round(whole);
  if (rounded < 60) {
    return `${rounded} s`;
  }
  if (rounded < 3600) {
    return `${Math.floor(rounded / 60)} min ${two(rounded % 60)} s`;
  }
  const minutes = Math.round(whole / 60);
  if (minutes < 24 * 60) {
    return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  }
  const hours = Math.round(whole / 3600);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Seconds from one moment to another; null where one of them is not known. */
export function secondsBetween(from: string | null, to: string | number | null): number | null {
  const start = from ? Date.parse(from) : NaN;
  const end = typeof to === 'number' ? to : to ? Date.parse(to) : NaN;
  return Number.isNaN(start) || Number.isNaN(end) ? null : (end - start) / 1000;
}

/** A moment as the reader's own clock shows it. */
export function localTime(moment: string | null, language?: string): string {
  const parsed = moment ? Date.parse(moment) : NaN;
  return Number.isNaN(parsed)
    ? ''
    : new Date(parsed).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' });
}

/** From one moment to another as the reader's own clock shows them; what they share is told once. */
export function periodText(from: string, to: string, language?: string): string {
  const ends = [new Date(from), new Date(to)] as const;
  return ends.some(end => Number.isNaN(end.getTime()))
    ? ''
    : new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).formatRange(...ends);
}

/** A number with four figures that matter, and thousands told apart. */
export function figure(value: number | null, language?: string): string {
  if (value === null || !Number.isFinite(value)) {
    return '–';
  }
  return value.toLocaleString(language, { maximumSignificantDigits: Number.isInteger(value) ? 21 : 4 });
}

/** The share of the work that is done, from 0 to 1: whole stages, and the cells of those at work. */
export function share(
  done: number,
  stages: number,
  working: { cell: number | null; cells: number | null }[]
): number {
  const parts = working.reduce((sum, { cell, cells }) => sum + (cells ? (cell ?? 0) / cells : 0), 0);
  return stages > 0 ? Math.min(1, (done + parts) / stages) : 0;
}
