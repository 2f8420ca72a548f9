// Runs before the page is drawn, as a file of its own because the content security policy allows no inline script.

// The theme that was chosen, so that the first paint is already in it.
try {
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the system's theme it is.
}

// zod compiles its checks with `new Function` where it may; here the policy forbids it, and each try would be reported.
globalThis.__zod_globalConfig = { jitless: true };
