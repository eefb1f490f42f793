export { regexProblem, wholeMatch } from '@tributary/transforms/java-regex'
