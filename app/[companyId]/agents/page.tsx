import { redirect } from 'next/navigation'

export default async function AgentsIndex({ params }: { params: Promise<{ companyId: string }> }) {
  const { companyId } = await params
  redirect(`/${companyId}`)
}
