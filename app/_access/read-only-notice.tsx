import Link from 'next/link'
import { Empty } from '@/app/_components/empty'
import { buttonClass } from '@/app/_components/ui/button'

/** Shown instead of a form to readers who may not use it. */
export function ReadOnlyNotice({ back, label }: { back: `/${string}`; label: string }) {
  return (
    <Empty
      title="Your role is read-only"
      action={
        <Link href={back as Parameters<typeof Link>[0]['href']} className={buttonClass()}>
          {label}
        </Link>
      }
    >
      Only operators and owners of the company can change this. An owner can give you another role under Settings,
      People.
    </Empty>
  )
}
