import { createContext } from 'svelte';

export const themes = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof themes)[number];

const key = 'parley/theme';

/** The person's choice of theme on this device. `static/theme.js` applies it before the first paint. */
export class Theme {
  #choice = $state<ThemeChoice>(stored());

  get choice(): ThemeChoice {
    return this.#choice;
  }

  set(choice: ThemeChoice): void {
    this.#choice = choice;
    try {
      localStorage.setItem(key, choice);
    } catch {
      // Storage is blocked: the choice holds until the page is closed.
    }
    dispatchEvent(new Event('parley-theme'));
  }

  next(): void {
    this.set(themes[(themes.indexOf(this.#choice) + 1) % themes.length] ?? 'system');
  }
}

function stored(): ThemeChoice {
  try {
    const value = localStorage.getItem(key);
    return themes.find((theme) => theme === value) ?? 'system';
  } catch {
    return 'system';
  }
}

export const [useTheme, provideTheme] = createContext<Theme>();
