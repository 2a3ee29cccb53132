/** Peers are packages of bench/ alone, and a project without them is whole: what would import them by name would not compile there. */
export async function loadPeer(name: string): Promise<unknown> {
  try {
    return await import(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
