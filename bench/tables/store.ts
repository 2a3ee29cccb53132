export const storeTable = null as never;
