const hour12 = new Intl.DateTimeFormat(undefined, { hour: 'numeric' }).resolvedOptions().hour12 ?? false;
const clock = new Intl.DateTimeFormat(undefined, { hour: hour12 ? 'numeric' : '2-digit', minute: '2-digit' });
const dayWithYear = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});
const dayOfThisYear = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const shortDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

/** @returns the time of day, such as `09:16`, of milliseconds since 1970. */
export function timeOf(at: number): string {
  return clock.format(at);
}

/** @returns the time of day without AM or PM, where the row above has said which. */
export function shortTimeOf(at: number): string {
  const parts = clock.formatToParts(at).filter((part) => part.type !== 'dayPeriod');
  return parts
    .map((part) => part.value)
    .join('')
    .trim();
}

/** @returns date and time in full, for titles. */
export function fullTimeOf(at: number): string {
  return full.format(at);
}

/** @returns the number of local midnights between two moments. */
export function daysBetween(earlier: number, later: number): number {
  return Math.round((startOfDay(later) - startOfDay(earlier)) / 86_400_000);
}

/** @returns the name of a day as a heading: Today, Yesterday, or the date; with the year only when it is not this one. */
export function dayOf(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days === 0 || days === 1) return capital(relative.format(-days, 'day'));
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return (sameYear ? dayOfThisYear : dayWithYear).format(at);
}

/** @returns the shortest useful stamp for a list: the time today, the weekday this week, else the date. */
export function stampOf(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return clock.format(at);
  return days < 7 ? weekday.format(at) : shortDay.format(at);
}

/** @returns the local date of a moment as a date field holds it, such as `2026-11-18`. */
export function dateOf(at: number): string {
  const day = new Date(at);
  const parts = [day.getFullYear(), day.getMonth() + 1, day.getDate()];
  return parts.map((part, index) => String(part).padStart(index === 0 ? 4 : 2, '0')).join('-');
}

/** @returns when a local date begins. @param date as a date field holds it. */
export function beginOf(date: string): number {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  return new Date(year, month - 1, day).getTime();
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
