'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { AccountMenu } from './account-menu'
import { isActiveItem, navItemsOf } from './nav-items'
import { UnreadBadge } from './unread-badge'

const itemClass =
  'flex h-13 w-full flex-col items-center justify-center gap-0.5 text-small text-muted aria-[current]:font-medium aria-[current]:text-ink'

export function BottomBar({ companyId }: { companyId: string }) {
  const pathname = usePathname()
  return (
    <nav aria-label="Main" className="shrink-0 border-t bg-rail pb-[env(safe-area-inset-bottom)] sm:hidden">
      <ul className="grid grid-cols-5">
        {navItemsOf(companyId)
          .filter((item) => item.primary)
          .map((item) => (
            <li key={item.label}>
              <Link
                href={item.href}
                aria-current={isActiveItem(item, pathname, companyId) ? 'page' : undefined}
                className={itemClass}
              >
                <span className="relative">
                  <item.icon aria-hidden className="size-5" strokeWidth={1.75} />
                  {item.label === 'Inbox' && (
                    <span className="absolute -top-1.5 left-3">
                      <UnreadBadge companyId={companyId} />
                    </span>
                  )}
                </span>
                {item.label}
              </Link>
            </li>
          ))}
        <li>
          <AccountMenu side="top" companyId={companyId} className={itemClass} />
        </li>
      </ul>
    </nav>
  )
}
