import { createServer } from 'node:http'
import { createIPX, createIPXNodeServer, ipxFSStorage } from 'ipx'
import sharp from 'sharp'
import { inEachProcess } from './parts/in-each-process.mjs'

/* Pictures of the folder FOLDER. Its own defaults are progressive JPEG, and that a picture stays as it lies. */
inEachProcess(() => {
  sharp.concurrency(1)
  sharp.cache(false)
  const ipx = createIPX({
    storage: ipxFSStorage({ dir: process.env.FOLDER }),
    sharpOptions: { jpegProgressive: false, autoOrient: true },
  })
  createServer(createIPXNodeServer(ipx)).listen(0, '127.0.0.1')
})
