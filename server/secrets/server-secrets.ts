/**
 * The secrets of the server itself, to be redacted in everything that a run records: tokens, keys and passwords, found by
 * the names of their variables, and passwords in URLs. `secretKey` is the one in use, which may come from a file.
 */
export function serverSecrets(
  secretKey: Buffer,
  environment: Record<string, string | undefined> = process.env,
): string[] {
  const found = [secretKey.toString('base64').replace(/=+$/, '')]
  for (const [name, value] of Object.entries(environment)) {
    if (!value || !ofServer.test(name)) continue
    if (secretName.test(name)) found.push(value.replace(/=+$/, ''))
    else if (name.endsWith('_URL')) found.push(...secretsOfUrl(value))
  }
  return found.filter((value) => value.length >= shortest)
}

const ofServer = /^(REVEILLE_|AWS_|PG|SMTP_|DATABASE_URL$)/
const secretName = /(TOKEN|SECRET|SECRET_KEY|ACCESS_KEY|PASSWORD)$/

/** Shorter passwords occur in ordinary text by chance: "postgres" in a log is a word. */
const shortest = 12

/** A short password is redacted only together with its user. */
function secretsOfUrl(text: string): string[] {
  if (!URL.canParse(text)) return []
  const { password, username, searchParams } = new URL(text)
  const passwords = [password, decoded(password), searchParams.get('password') ?? '']
  return [...passwords, ...(password !== '' && password.length < shortest ? [`${username}:${password}@`] : [])]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
