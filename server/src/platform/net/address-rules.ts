/** Where events may be sent: not into the network this server stands in. */
import { BlockList, isIP } from "node:net";

export interface AddressRules {
  /** WEBHOOK_ALLOW_PRIVATE. Link-local addresses stay closed all the same. */
  readonly allowPrivate: boolean;
  /** http and this machine itself: only where everything runs on one machine. */
  readonly allowLoopback: boolean;
}

const closed = new BlockList();
for (const network of [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"],
  ...["192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"],
  ...["224.0.0.0/4", "240.0.0.0/4"],
]) {
  const [address = "", bits] = network.split("/");
  closed.addSubnet(address, Number(bits), "ipv4");
}
const open6 = new BlockList();
open6.addSubnet("2000::", 3, "ipv6");
const closed6 = new BlockList();
closed6.addSubnet("2001::", 23, "ipv6");
closed6.addSubnet("2001:db8::", 32, "ipv6");
closed6.addSubnet("2002::", 16, "ipv6");
const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Where a cloud hands its machines their credentials. Nobody's page, tool or webhook is there. */
const linkLocal = new BlockList();
linkLocal.addSubnet("169.254.0.0", 16, "ipv4");
linkLocal.addSubnet("fe80::", 10, "ipv6");
linkLocal.addAddress("fd00:ec2::254", "ipv6");

/** IPv6 is open only where addresses are given out to the public; mapped and translated ones are not. */
export function isAddressAllowed(address: string, rules: AddressRules): boolean {
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  if (linkLocal.check(address, family)) return false;
  if (rules.allowPrivate) return true;
  if (rules.allowLoopback && loopback.check(address, family)) return true;
  if (family === "ipv4") return !closed.check(address, "ipv4");
  return open6.check(address, "ipv6") && !closed6.check(address, "ipv6");
}
