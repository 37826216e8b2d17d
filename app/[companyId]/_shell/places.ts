import { Activity, AlarmClock, Bot, Server, SlidersHorizontal } from 'lucide-react'

/** Where the rail and the bottom bar lead. */
export function placesOf(companyId: string) {
  return [
    { label: 'Agents', icon: Bot, href: `/${companyId}`, also: `/${companyId}/agents` },
    { label: 'Runs', icon: Activity, href: `/${companyId}/runs`, also: null },
    { label: 'Wakeups', icon: AlarmClock, href: `/${companyId}/wakeups`, also: null },
    { label: 'Servers', icon: Server, href: `/${companyId}/servers`, also: null },
    { label: 'Settings', icon: SlidersHorizontal, href: `/${companyId}/settings`, also: null },
  ] as const
}

export type Place = ReturnType<typeof placesOf>[number]

export function isAt(place: Place, pathname: string, companyId: string): boolean {
  if (place.also && pathname.startsWith(place.also)) return true
  return place.href === `/${companyId}` ? pathname === place.href : pathname.startsWith(place.href)
}
