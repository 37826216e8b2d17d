'use client'

import { MutationCache, notifyManager, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type CSSProperties, type ReactNode, useState } from 'react'
import { Toaster } from 'sonner'
import { isSignedOut, isTransient } from './api-error'
import { type ApiSocket, createApiLinks, TRPCProvider } from './client'
import { SocketContext } from './connection'

// Optimistic updates are rendered before the next paint. With the default, a task later, a checkbox that was just
// checked would appear unchecked for a moment.
notifyManager.setScheduler(queueMicrotask)

export function ApiProvider({ children }: { children: ReactNode }) {
  const [queryClient] = useState(createQueryClient)
  const [{ client, socket }] = useState<{ client: ReturnType<typeof createApiLinks>['client']; socket: ApiSocket }>(
    createApiLinks,
  )
  return (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={client} queryClient={queryClient}>
        <SocketContext value={socket}>{children}</SocketContext>
        <Toaster position="bottom-right" closeButton mobileOffset={{ bottom: '4.75rem' }} style={toastColours} />
      </TRPCProvider>
    </QueryClientProvider>
  )
}

/** Toasts follow the page's theme, which may differ from the system's. */
const toastColours = {
  '--normal-bg': 'var(--color-raised)',
  '--normal-bg-hover': 'var(--color-hover)',
  '--normal-border': 'var(--color-line-strong)',
  '--normal-border-hover': 'var(--color-line-strong)',
  '--normal-text': 'var(--color-ink)',
} as CSSProperties

function createQueryClient(): QueryClient {
  const onError = (error: unknown) => {
    const { pathname, search } = window.location
    if (!isSignedOut(error) || pathname === '/sign-in') return
    window.location.assign(`/sign-in?next=${encodeURIComponent(pathname + search)}`)
  }
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        networkMode: 'always',
        retry: (count, error) => isTransient(error) && count < 6,
        retryDelay: (attempt) => Math.min(5_000, 400 * 2 ** attempt),
      },
      mutations: { networkMode: 'always' },
    },
  })
}
