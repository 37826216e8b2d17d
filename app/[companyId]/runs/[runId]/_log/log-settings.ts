'use client'

import { useEffect, useState } from 'react'
import type { LogStream } from '@/server/domain/run-status'

export const timeModes = ['clock', 'since', 'none'] as const
export type TimeMode = (typeof timeModes)[number]
export type StreamChoice = LogStream | 'both'

export const logViews = ['transcript', 'log', 'both'] as const
/** `both`: side by side, if the window is wide enough. */
export type LogView = (typeof logViews)[number]

export type LogSettings = { wrap: boolean; time: TimeMode; view: LogView }

const storageKey = 'reveille.log'
const defaults: LogSettings = { wrap: true, time: 'clock', view: 'transcript' }

/** How logs are shown. Stored in the browser. */
export function useLogSettings(): [LogSettings, (change: Partial<LogSettings>) => void] {
  const [settings, setSettings] = useState(defaults)
  useEffect(() => setSettings(read()), [])
  return [
    settings,
    (change) => {
      const next = { ...settings, ...change }
      setSettings(next)
      try {
        localStorage.setItem(storageKey, JSON.stringify(next))
      } catch {
        // Without storage, the setting lasts as long as the page.
      }
    },
  ]
}

function read(): LogSettings {
  try {
    const { wrap, time, view } = JSON.parse(localStorage.getItem(storageKey) ?? '{}') as Partial<LogSettings>
    return {
      wrap: wrap !== false,
      time: timeModes.find((mode) => mode === time) ?? 'clock',
      view: logViews.find((known) => known === view) ?? 'transcript',
    }
  } catch {
    return defaults
  }
}
