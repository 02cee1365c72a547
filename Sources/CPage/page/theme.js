// Runs before anything is painted, so that a chosen theme never flashes. No module: those wait.
{
  let theme = null;
  try {
    theme = localStorage.getItem('burr-theme');
  } catch {
    // Storage may be forbidden: then the system's theme holds.
  }
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
}
