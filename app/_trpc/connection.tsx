'use client'

import { createContext, useContext, useEffect, useState } from 'react'
import type { ApiSocket } from './client'

export const SocketContext = createContext<ApiSocket>(null)

const quietMs = 700

/** When the live connection was lost, in epoch milliseconds; null while it is open. Short interruptions are ignored. */
export function useConnectionLostAt(): number | null {
  const socket = useContext(SocketContext)
  const [lostAt, setLostAt] = useState<number | null>(null)
  useEffect(() => {
    if (!socket) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const subscription = socket.connectionState.subscribe({
      next({ state, error }) {
        if (state !== 'connecting') {
          clearTimeout(timer)
          timer = undefined
          setLostAt(null)
        } else if (error && timer === undefined) {
          const at = Date.now()
          timer = setTimeout(() => setLostAt(at), quietMs)
        }
      },
    })
    return () => {
      clearTimeout(timer)
      subscription.unsubscribe()
    }
  }, [socket])
  return lostAt
}
