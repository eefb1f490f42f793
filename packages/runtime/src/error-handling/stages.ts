/** Where in the life of a record something went wrong; Java's words, seen in logs and dead letters. */
export type Stage = 'TRANSFORMATION' | 'KEY_CONVERTER' | 'VALUE_CONVERTER' | 'HEADER_CONVERTER' | 'KAFKA_PRODUCE' | 'TASK_PUT'

/** A stage with the class that failed in it. */
export interface FailedStage {
  readonly stage: Stage
  readonly className: string
}
