/** The rooms and who may import whom (docs/decisions/0001-rooms.md). A planted violation in scripts/rooms.test.ts shows that the fence holds. */
const src = "^server/src/";
const room = (name) => `${src}${name}/`;

/** `from` may import nothing of ours but what `allowed` matches. */
const only = (name, from, allowed) => ({
  name,
  severity: "error",
  comment: `${from} may import of ours only ${allowed.join(", ")}`,
  from: { path: from, pathNot: "\\.test\\.ts$" },
  to: {
    path: "^(server|contract|sandbox|dashboard|scripts|bench|e2e)/",
    pathNot: [from, "/node_modules/", ...allowed],
  },
});

/** Listed in a package.json or not. */
const npm = ["npm", "npm-bundled", "npm-dev", "npm-no-pkg", "npm-optional", "npm-peer", "npm-unknown"];

const stage = (name) => ({
  name: `call-stage-${name}`,
  severity: "error",
  comment: "a stage of the call never imports a sibling stage; run-call and what stands beside it join them",
  from: { path: `${room("call")}${name}/`, pathNot: "\\.test\\.ts$" },
  to: { path: `${room("call")}(listen|turn|reply|speak|record)/`, pathNot: `${room("call")}${name}/` },
});

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: { path: "^(server|contract|sandbox|dashboard)/" },
      to: { circular: true },
    },
    only("kernel-is-a-leaf", room("kernel"), ["^contract/src/error-code\\.ts$"]),
    only("audio-is-arithmetic", room("audio"), [room("kernel")]),
    {
      name: "kernel-and-audio-have-no-npm",
      severity: "error",
      from: { path: [room("kernel"), room("audio")], pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: npm },
    },
    only("contract-is-browser-safe", "^contract/src/", []),
    {
      name: "contract-has-no-node",
      severity: "error",
      from: { path: "^contract/src/", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["core"] },
    },
    only("call-knows-no-vendor", room("call"), [room("kernel"), room("audio"), "^contract/src/"]),
    {
      name: "call-npm-allow-list",
      severity: "error",
      from: { path: room("call"), pathNot: "\\.test\\.ts$" },
      to: {
        dependencyTypes: npm,
        pathNot: "node_modules/(libphonenumber-js|luxon|@types/luxon)/",
      },
    },
    ...["listen", "turn", "reply", "speak", "record"].map(stage),
    only("providers-implement-ports", room("providers"), [
      `${room("call")}ports\\.ts$`,
      `${src}features/[^/]+/[^/]+\\.port\\.ts$`,
      room("audio"),
      room("kernel"),
      "^contract/src/",
    ]),
    {
      name: "vendors-keep-apart",
      severity: "error",
      comment: "a vendor's folder never imports another vendor's; only the room's own files and ai-sdk are common",
      from: { path: `${room("providers")}([^/]+)/`, pathNot: "\\.test\\.ts$" },
      to: { path: `${room("providers")}[^/]+/`, pathNot: [`${room("providers")}$1/`, `${room("providers")}ai-sdk/`] },
    },
    only("platform-is-plumbing", room("platform"), [room("kernel"), "^contract/src/"]),
    only("features-own-the-product", room("features"), [
      room("platform"),
      room("kernel"),
      "^contract/src/",
      `${room("call")}(call-plan|call-event|ports)\\.ts$`,
      `${room("providers")}(provider|registry)\\.ts$`,
    ]),
    {
      name: "features-by-their-door",
      severity: "error",
      from: { path: `${room("features")}([^/]+)/`, pathNot: "\\.test\\.ts$" },
      to: {
        path: `${room("features")}[^/]+/`,
        pathNot: [`${room("features")}$1/`, `${room("features")}[^/]+/(index|[^/]+\\.port)\\.ts$`],
      },
    },
    only("entry-lets-the-outside-in", room("entry"), [
      `${room("features")}[^/]+/index\\.ts$`,
      `${room("call")}(call-plan|call-event|ports)\\.ts$`,
      room("platform"),
      room("kernel"),
      room("audio"),
      "^contract/src/",
    ]),
    {
      name: "nobody-imports-compose",
      severity: "error",
      from: { path: ".", pathNot: `${src}(main\\.ts|compose/)|\\.test\\.ts$` },
      to: { path: `${src}(main\\.ts$|compose/)` },
    },
    {
      name: "testing-is-for-tests",
      severity: "error",
      from: { path: ".", pathNot: `\\.test\\.ts$|${room("testing")}|^(bench|e2e)/` },
      to: { path: room("testing") },
    },
    {
      name: "sandbox-and-server-meet-over-sockets",
      severity: "error",
      from: { path: "^sandbox/" },
      to: { path: "^(server|contract|dashboard|scripts|bench|e2e)/" },
    },
    {
      name: "server-never-imports-sandbox",
      severity: "error",
      from: { path: "^(server|contract|dashboard)/" },
      to: { path: "^sandbox/" },
    },
    only("dashboard-knows-the-contract", "^dashboard/", ["^contract/src/"]),
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(\\.next|\\.test\\.ts$|/node_modules/\\.cache)" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: [".ts", ".tsx", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
    },
  },
};
