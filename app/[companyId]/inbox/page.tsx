import { InboxScreen } from './inbox-screen'

export default async function InboxPage({ params }: { params: Promise<{ companyId: string }> }) {
  const { companyId } = await params
  return <InboxScreen companyId={companyId} />
}
