/** The part of node-gyp-build that is used; the package brings no types. */
declare module 'node-gyp-build' {
  const nodeGypBuild: {
    /** The binary for this process under a package's folder: build/Release first, then prebuilds. Throws when none is there. */
    path(packageRoot: string): string;
  };
  export default nodeGypBuild;
}
