/** A wrong behaviour, made by changing one place of the source; the tests have to notice it. */
export interface Mutant {
  /** What would be wrong, as a sentence that says it of the program. */
  readonly name: string;
  /** The file that is changed. */
  readonly file: string;
  /** Text of the file, which occurs in it once, and what stands there instead. */
  readonly find: string;
  readonly replace: string;
  /** Files of tests that are asked first, from the root of the project. The simulations are asked where none of these fails. */
  readonly tests: readonly string[];
}

/**
 * The text of a file with the mutant in it.
 * @throws Error where the mutant is not kept with the code any more: what it looks for is not there, or is there twice
 */
export function mutated(text: string, { name, file, find, replace }: Mutant): string {
  const times = text.split(find).length - 1;
  if (times !== 1) throw new Error(`mutant '${name}': what it looks for is ${times} times in ${file}, not once: ${find}`);
  const at = text.indexOf(find);
  return text.slice(0, at) + replace + text.slice(at + find.length);
}
