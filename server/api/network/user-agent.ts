const browsers = [
  ['Edge', /\bEdg\/(\d+)/],
  ['Opera', /\bOPR\/(\d+)/],
  ['Firefox', /\bFirefox\/(\d+)/],
  ['Chrome', /\bChrome\/(\d+)/],
  ['Safari', /\bVersion\/(\d+).*\bSafari\//],
] as const

const systems = [
  ['Android', /\bAndroid\b/],
  ['iOS', /\b(iPhone|iPad)\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
] as const

/** `Mozilla/5.0 (X11; Linux x86_64) … Chrome/156.0.0.0 …` → `Chrome 156, Linux`; of a program its first word. */
export function shortUserAgent(header: string | undefined): string | null {
  if (!header) return null
  for (const [name, pattern] of browsers) {
    const version = pattern.exec(header)?.[1]
    if (version === undefined) continue
    const system = systems.find(([, is]) => is.test(header))?.[0]
    return [`${name} ${version}`, ...(system ? [system] : [])].join(', ')
  }
  const [word = ''] = header.split(' ')
  return word.replace(/[^\x20-\x7e]/g, '').slice(0, 60) || null
}
