import {
  Activity,
  AlarmClock,
  Bell,
  Bot,
  CircleDollarSign,
  History,
  LayoutDashboard,
  Server,
  SlidersHorizontal,
} from 'lucide-react'

/** The navigation of a company. On narrow pages, `primary` items are in the bottom bar and the others in its menu. */
export function navItemsOf(companyId: string) {
  return [
    { label: 'Board', icon: LayoutDashboard, href: `/${companyId}`, primary: true },
    { label: 'Inbox', icon: Bell, href: `/${companyId}/inbox`, primary: true },
    { label: 'Agents', icon: Bot, href: `/${companyId}/agents`, primary: true },
    { label: 'Runs', icon: Activity, href: `/${companyId}/runs`, primary: true },
    { label: 'Wakeups', icon: AlarmClock, href: `/${companyId}/wakeups`, primary: false },
    { label: 'Costs', icon: CircleDollarSign, href: `/${companyId}/costs`, primary: false },
    { label: 'Activity', icon: History, href: `/${companyId}/activity`, primary: false },
    { label: 'Servers', icon: Server, href: `/${companyId}/servers`, primary: false },
    { label: 'Settings', icon: SlidersHorizontal, href: `/${companyId}/settings`, primary: false },
  ] as const
}

export type NavItem = ReturnType<typeof navItemsOf>[number]

export function isActiveItem(item: NavItem, pathname: string, companyId: string): boolean {
  return item.href === `/${companyId}` ? pathname === item.href : pathname.startsWith(item.href)
}
