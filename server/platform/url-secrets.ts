const hidden = '••••••'
const looksSecret = /key|token|secret|passw|pwd|auth|cookie|credential|signature|^sig$|^code$/i
const userinfo = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@/i
const parameters = /([?&])([^=&#]+)=([^&#]*)/g

/** A URL with its user, its password, and the values of parameters whose names look like secrets masked. */
export function maskUrl(url: string): string {
  if (urlSecrets(url).length === 0) return url
  return new URL(url).href
    .replace(userinfo, `$1${hidden}@`)
    .replace(parameters, (all, mark, name) => (isSecretName(name) ? `${mark}${name}=${hidden}` : all))
}

/** The values that `maskUrl` hides, decoded and as encoded in the URL. */
export function urlSecrets(url: string): string[] {
  if (!URL.canParse(url)) return []
  const { href } = new URL(url)
  const account = userinfo.exec(href)?.[2] ?? ''
  const [user = '', ...password] = account.split(':')
  const values = [...href.matchAll(parameters)].flatMap(([, , name = '', value = '']) =>
    isSecretName(name) ? [value] : [],
  )
  const given = [password.length > 0 ? password.join(':') : user, ...values].filter((value) => value !== '')
  return [...new Set(given.flatMap((value) => [value, decoded(value)]))]
}

function isSecretName(name: string): boolean {
  return looksSecret.test(decoded(name))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
