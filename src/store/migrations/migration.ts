/** One step of the schema. A published step is never changed: later changes are steps of their own. */
export interface Migration {
  /** 1, 2, 3 and so on, without holes. */
  readonly version: number;
  readonly name: string;
  /**
   * Its statements, in order. A crash may leave a step incomplete, and two daemons may run it concurrently: each statement must be
   * repeatable (IF NOT EXISTS, OR REPLACE).
   * @param database the quoted name of the database
   */
  readonly statements: (database: string) => readonly string[];
}
