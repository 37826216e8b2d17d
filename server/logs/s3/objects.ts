import { createHash, randomUUID } from 'node:crypto'
import { ApiError } from '@/server/domain/errors'
import { StartupError } from '@/server/domain/startup-error'
import type { S3Settings } from '@/server/platform/env'

/** Objects of one bucket. All fail with `unavailable`. */
export type Objects = {
  put(key: string, body: Buffer): Promise<void>
  /** The bytes from `from` up to `to`, or all; null where there is no such object. */
  get(key: string, range?: { from: number; to: number }): Promise<Buffer | null>
  list(prefix: string): Promise<string[]>
  remove(key: string): Promise<void>
}

/** The client is loaded only here: it is large, and not needed where logs are stored on disk. */
export async function openObjects({ endpoint, bucket, region }: S3Settings): Promise<Objects> {
  const s3 = await import('@aws-sdk/client-s3')
  const client = new s3.S3Client({
    region,
    endpoint,
    // Other vendors' stores address buckets by path, and not all support the newer checksums.
    forcePathStyle: endpoint !== undefined,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 5000, requestTimeout: 60_000 },
  })
  return {
    async put(key, body) {
      const ContentMD5 = createHash('md5').update(body).digest('base64')
      await answered(client.send(new s3.PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentMD5 })))
    },
    async get(key, range) {
      const Range = range && `bytes=${range.from}-${range.to - 1}`
      // The client retries a request without a response, but not one whose response was cut short.
      async function ask(isLast: boolean): Promise<Buffer | null> {
        const { Body } = await client.send(new s3.GetObjectCommand({ Bucket: bucket, Key: key, Range }))
        const bytes = Body?.transformToByteArray().catch((error) => {
          if (isLast) throw error
          return ask(true)
        })
        return bytes ? Buffer.from((await bytes) ?? []) : null
      }
      const found = ask(false).catch((error) => {
        if (error instanceof s3.NoSuchKey) return null
        throw error
      })
      return await answered(found)
    },
    async list(prefix) {
      const keys: string[] = []
      let token: string | undefined
      do {
        const command = new s3.ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token })
        const page = await answered(client.send(command))
        keys.push(...(page.Contents ?? []).flatMap((object) => object.Key ?? []))
        token = page.NextContinuationToken
      } while (token)
      return keys
    },
    async remove(key) {
      await answered(client.send(new s3.DeleteObjectCommand({ Bucket: bucket, Key: key })))
    },
  }
}

/** Writes, reads and removes an object, so that a wrong name or key is noticed at start. Fails with a StartupError. */
export async function checkObjects(objects: Objects, { bucket, endpoint }: S3Settings): Promise<void> {
  const key = `check/${randomUUID()}`
  try {
    await objects.put(key, Buffer.from('reveille'))
    const found = await objects.get(key)
    await objects.remove(key)
    if (found?.toString() !== 'reveille') throw new Error('a written object reads differently')
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause)
    const where = endpoint === undefined ? '' : ` at ${endpoint}`
    throw new StartupError(
      `Logs cannot be stored in the bucket ${bucket}${where} (${reason}): check REVEILLE_S3_ENDPOINT, REVEILLE_S3_BUCKET, REVEILLE_S3_REGION and the AWS credentials.`,
    )
  }
}

async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (cause) {
    const message = 'The object storage for logs fails at the moment. Try again.'
    throw Object.assign(new ApiError('unavailable', message), { cause })
  }
}
