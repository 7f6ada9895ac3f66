// Fails where what a page loads of `.` is too large: minified and compressed, in bytes.
import { build } from 'esbuild'
import { gzipSync } from 'node:zlib'

const most = 6 * 1024
const { outputFiles } = await build({ entryPoints: ['dist/index.js'], bundle: true, minify: true, format: 'esm', target: 'es2022', write: false })
const size = gzipSync(outputFiles[0].contents, { level: 9 }).length
console.log(`${size} bytes of ${most}`)
if (size > most) process.exit(1)
