/** @returns the URL without the password in it, fit to be shown and logged. */
export function redactUrl(url: string): string {
  return url.replace(/^(\w[\w+]*:\/\/[^:@/]*):[^@/]*@/, '$1:…@');
}
