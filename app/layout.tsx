import type { Metadata, Viewport } from 'next'
import { headers } from 'next/headers'
import { NuqsAdapter } from 'nuqs/adapters/next/app'
import type { ReactNode } from 'react'
import './globals.css'
import { earlyInputScript } from './_components/early-input'
import { EarlyInputReplay } from './_components/early-input-replay'
import { nonceScript, themeScript } from './_components/theme'
import { ApiProvider } from './_trpc/api-provider'

export const metadata: Metadata = {
  description: 'Wakes AI agents, runs them, and lets people watch.',
  referrer: 'same-origin',
  robots: { index: false, follow: false },
}

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  viewportFit: 'cover',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#ffffff' },
    { media: '(prefers-color-scheme: dark)', color: '#101113' },
  ],
}

/** Rendered for each request: the page's content security policy allows only scripts with this answer's nonce. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get('x-nonce') ?? undefined
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: constant scripts that run before the first paint */}
        <script nonce={nonce} dangerouslySetInnerHTML={{ __html: nonceScript + themeScript + earlyInputScript }} />
      </head>
      <body>
        <NuqsAdapter>
          <ApiProvider>{children}</ApiProvider>
        </NuqsAdapter>
        <EarlyInputReplay />
      </body>
    </html>
  )
}
