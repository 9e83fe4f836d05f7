/** @returns an object like another but for some of its parts. */
export function instead<T extends object>(like: T, parts: Partial<T>): T {
  return new Proxy(like, {
    get: (target, key): unknown => {
      if (Object.hasOwn(parts, key)) return Reflect.get(parts, key);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
