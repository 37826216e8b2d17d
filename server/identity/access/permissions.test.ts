import { expect, test } from 'vitest'
import { allowedTo, permissions } from './permissions'

test('a role is offered the procedures that its rule allows, and higher roles are offered them too', () => {
  const [viewer, operator, owner] = [allowedTo('viewer'), allowedTo('operator'), allowedTo('owner')]
  expect(viewer).toContain('run.list')
  expect(viewer.filter((path) => permissions[path]?.people !== 'viewer')).toEqual([])
  expect(viewer).not.toContain('agent.pause')
  expect(operator).toEqual(expect.arrayContaining([...viewer, 'agent.pause']))
  expect(operator).not.toContain('member.invite')
  expect(owner.toSorted()).toEqual(Object.keys(permissions).toSorted())
})
