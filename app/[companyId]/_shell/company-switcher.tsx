'use client'

import { useQuery } from '@tanstack/react-query'
import { ChevronsUpDown } from 'lucide-react'
import Link from 'next/link'
import { DropdownMenu } from 'radix-ui'
import { menuClass, menuItemClass } from '@/app/_components/ui/menu-classes'
import { useTRPC } from '@/app/_trpc/client'

export function CompanySwitcher({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const { data: company } = useQuery(api.company.get.queryOptions({ companyId }))
  const name = company?.name ?? ''
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger
        aria-label={`Company: ${name}`}
        className="flex h-9 w-full items-center gap-2 rounded-md border border-line bg-raised px-2 text-left hover:bg-hover"
      >
        <span
          aria-hidden
          className="grid size-5 shrink-0 place-items-center rounded bg-selected font-semibold text-small"
        >
          {[...name][0]?.toUpperCase()}
        </span>
        <span className="min-w-0 flex-1 truncate font-medium max-lg:hidden">{name}</span>
        <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-faint max-lg:hidden" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align="start" sideOffset={4} className={menuClass}>
          <CompanyItems companyId={companyId} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

/** Mounted only while a menu is open, so that the list is fetched when it is needed. */
export function CompanyItems({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const { data } = useQuery(api.company.list.queryOptions({ limit: 200 }))
  return (
    <>
      {data?.items.map((company) => (
        <DropdownMenu.Item key={company.id} asChild>
          <Link
            href={`/${company.id}`}
            aria-current={company.id === companyId ? 'true' : undefined}
            className={menuItemClass}
          >
            <span className="truncate">{company.name}</span>
          </Link>
        </DropdownMenu.Item>
      ))}
      <DropdownMenu.Separator className="my-1 border-t" />
      <DropdownMenu.Item asChild>
        <Link href="/" className={menuItemClass}>
          All companies
        </Link>
      </DropdownMenu.Item>
    </>
  )
}
