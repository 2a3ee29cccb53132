/** One step of the schema. A published step is never changed: what comes later is a step of its own. */
export interface Migration {
  /** 1, 2, 3 and so on, without holes. */
  readonly version: number;
  readonly name: string;
  /**
   * Its statements, in order. A crash may leave a step half done, and two daemons may run it at the same time: each
   * statement must bear being run again (IF NOT EXISTS, OR REPLACE).
   * @param database the quoted name of the database
   */
  readonly statements: (database: string) => readonly string[];
}
