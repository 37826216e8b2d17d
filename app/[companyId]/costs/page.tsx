import { CostsScreen } from './costs-screen'

export default async function CostsPage({ params }: { params: Promise<{ companyId: string }> }) {
  const { companyId } = await params
  return <CostsScreen companyId={companyId} />
}
