import { BoardScreen } from './_board/board-screen'

export default async function BoardPage({ params }: { params: Promise<{ companyId: string }> }) {
  const { companyId } = await params
  return <BoardScreen companyId={companyId} />
}
