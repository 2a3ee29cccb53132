export const endToEndTable = null as never;
