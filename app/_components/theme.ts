export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const storageKey = 'reveille.theme'

/** Hands the page's nonce to libraries that insert style sheets: menus and dialogs that lock scrolling. */
export const nonceScript = 'window.__webpack_nonce__=document.currentScript.nonce;'

/** Runs in the page's head, so that the stored theme applies from the first paint. */
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
    // Without storage, the theme lasts as long as the page.
  }
}
