// The page's side of the wallet stand-in: `window.keplr` appears after a while, and passes every call on to the test's process, where
// the keys are. Plain JavaScript, since it is put into the page as it is, before the page's own scripts.
(({ appearsAfterMs }) => {
  const bytes = (value) => (value ? Array.from(value) : null);
  const call = async (method, ...args) => {
    const answer = await window.__walletStandIn(method, args);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.ok;
  };
  const key = (found) => ({ ...found, pubKey: Uint8Array.from(found.pubKey), address: Uint8Array.from(found.address) });
  const signDirect = async (chainId, signer, doc, options) => {
    const plain = { bodyBytes: bytes(doc.bodyBytes), authInfoBytes: bytes(doc.authInfoBytes), chainId: doc.chainId, accountNumber: String(doc.accountNumber) };
    const { signed, signature } = await call("signDirect", chainId, signer, plain, options ?? keplr.defaultOptions.sign ?? {});
    return { signed: { ...doc, bodyBytes: Uint8Array.from(signed.bodyBytes), authInfoBytes: Uint8Array.from(signed.authInfoBytes) }, signature };
  };
  const signAmino = (chainId, signer, doc, options) => call("signAmino", chainId, signer, doc, options ?? keplr.defaultOptions.sign ?? {});
  const accounts = async (chainId) => {
    const found = key(await call("getKey", chainId));
    return [{ address: found.bech32Address, algo: "secp256k1", pubkey: found.pubKey }];
  };
  const keplr = {
    version: "0.12.309",
    mode: "extension",
    defaultOptions: {},
    experimentalSuggestChain: (info) => call("experimentalSuggestChain", info),
    enable: (chainIds) => call("enable", chainIds),
    getKey: async (chainId) => key(await call("getKey", chainId)),
    suggestToken: (chainId, contract) => call("suggestToken", chainId, contract),
    signDirect,
    signAmino,
    getOfflineSigner: (chainId, options) => ({
      chainId,
      getAccounts: () => accounts(chainId),
      signDirect: (signer, doc) => signDirect(chainId, signer, doc, options),
      signAmino: (signer, doc) => signAmino(chainId, signer, doc, options),
    }),
    getOfflineSignerOnlyAmino: (chainId, options) => ({
      chainId,
      getAccounts: () => accounts(chainId),
      signAmino: (signer, doc) => signAmino(chainId, signer, doc, options),
    }),
  };
  setTimeout(() => {
    window.keplr = keplr;
  }, appearsAfterMs);
})
