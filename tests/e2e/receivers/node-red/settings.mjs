// Node-RED without editor, telemetry or anything that reaches for the network.
export function makeSettings(userDir, ledger) {
  return {
    userDir,
    flowFile: "flows.json",
    httpAdminRoot: false,
    httpNodeRoot: "/",
    credentialSecret: false,
    telemetry: { enabled: false, updateNotification: false },
    functionExternalModules: true,
    // Only `crypto`, which is part of node, may be used by function nodes; nothing is installed.
    externalModules: { palette: { allowInstall: false }, modules: { allowInstall: false } },
    functionGlobalContext: { ledger },
    // Standard output carries one line, the address; what goes wrong is still told.
    logging: { console: { level: "off" }, stderr: { level: "error", handler: () => logToStderr } },
  };
}

function logToStderr(entry) {
  process.stderr.write(`node-red: ${entry.msg?.message ?? entry.msg}\n`);
}
