import Link from 'next/link'
import { buttonClass } from './_components/ui/button'

export default function NotFound() {
  return (
    <main className="grid min-h-dvh content-start justify-items-start gap-4 px-6 pt-[16vh]">
      <title>Not found · Reveille</title>
      <h1 className="font-semibold text-title">There is nothing at this address</h1>
      <p className="text-muted">It may have been mistyped, or what was here is gone.</p>
      <Link href="/" className={buttonClass('primary')}>
        All companies
      </Link>
    </main>
  )
}
