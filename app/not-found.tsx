import Link from 'next/link'
import { buttonClass } from './_components/ui/button'

export default function NotFound() {
  return (
    <main className="grid min-h-dvh content-start justify-items-start gap-4 px-6 pt-[16vh]">
      <title>Not found · Reveille</title>
      <h1 className="font-semibold text-title">Page not found</h1>
      <p className="text-muted">The address may be mistyped, or the page no longer exists.</p>
      <Link href="/" className={buttonClass('primary')}>
        All companies
      </Link>
    </main>
  )
}
