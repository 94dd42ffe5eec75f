import { analysed } from './analysed.mjs'

export default ({ input, analysisType }) => analysed(input, analysisType)
