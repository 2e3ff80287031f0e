import { useState } from 'preact/hooks';

export type Theme = 'auto' | 'light' | 'dark';
const key = 'vdiwatch.theme';

function stored(): Theme {
  try {
    const value = localStorage.getItem(key);
    return value === 'light' || value === 'dark' ? value : 'auto';
  } catch {
    return 'auto'; // storage may be switched off
  }
}

function apply(theme: Theme) {
  if (theme === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

export const applyStoredTheme = () => apply(stored());

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(stored);
  const choose = (next: Theme) => {
    apply(next);
    setTheme(next);
    try {
      localStorage.setItem(key, next);
    } catch {
      // it then lasts for this visit
    }
  };
  return [theme, choose];
}
