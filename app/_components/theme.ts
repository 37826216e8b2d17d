export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const storageKey = 'reveille.theme'

/** The nonce of a page, for what puts style sheets into it: menus and dialogs that lock the page's scrolling. */
export const nonceScript = 'window.__webpack_nonce__=document.currentScript.nonce;'

/** Runs in the page's head, so that a stored theme is there before the first paint. */
export const themeScript = `try{const t=localStorage.getItem('${storageKey}');if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch{}`

export function readTheme(): Theme {
  const theme = document.documentElement.dataset.theme
  return theme === 'light' || theme === 'dark' ? theme : 'system'
}

export function storeTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  try {
    localStorage.setItem(storageKey, theme)
  } catch {
    // A browser that stores nothing still shows the theme until the page is left.
  }
}
