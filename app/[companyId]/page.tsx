import { readOnServer } from '@/app/_trpc/read-on-server'
import { BoardScreen } from './_board/board-screen'

export default async function BoardPage({ params }: { params: Promise<{ companyId: string }> }) {
  const { companyId } = await params
  const first = await readOnServer(async (calls) => {
    const [board, day] = await Promise.all([calls.board.get({ companyId }), calls.board.history({ companyId })])
    return { board, day }
  })
  return <BoardScreen companyId={companyId} first={first} />
}
