/** There are no orders here: the type is made up, and the same wherever the trade is told. */
export function orderTypeOf(tradeId: number): 'market' | 'limit' {
  return tradeId % 4 === 0 ? 'limit' : 'market';
}
