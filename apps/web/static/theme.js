// Runs before the first paint, so that nobody sees the wrong theme flash by.
(() => {
  const key = 'parley/theme';
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    let wanted = null;
    try {
      wanted = localStorage.getItem(key);
    } catch {
      // Storage is blocked: follow the system.
    }
    const theme = wanted === 'light' || wanted === 'dark' ? wanted : dark.matches ? 'dark' : 'light';
    document.documentElement.dataset.theme = theme;
    document
      .querySelector('meta[name="theme-color"]')
      ?.setAttribute('content', theme === 'dark' ? '#121718' : '#fafaf7');
  };
  apply();
  dark.addEventListener('change', apply);
  addEventListener('storage', (event) => event.key === key && apply());
  addEventListener('parley-theme', apply);
})();
