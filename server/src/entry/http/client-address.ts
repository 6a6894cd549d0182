/**
 * Whose word counts for where a request came from: a number of proxies in front, or their addresses; nobody's unless told. Only the
 * client's address is taken from it: origins and the page of this machine are judged by the socket.
 */
export function trustOf(
  proxies: number | readonly string[] | undefined,
): false | string[] | ((address: string, hop: number) => boolean) {
  if (proxies === undefined) return false;
  return typeof proxies === "number" ? (_address, hop) => hop < proxies : [...proxies];
}
