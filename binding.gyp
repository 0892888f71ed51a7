# The bridge between CMake and the tools that know only node-gyp (prebuildify, npm rebuild): a target that compiles
# nothing and runs the CMake build, which leaves its outputs in build/Release.
{
  "targets": [
    {
      "target_name": "dinomaly",
      "type": "none",
      "actions": [
        {
          "action_name": "cmake",
          "inputs": [],
          "outputs": ["build/Release/loader.node"],
          "action": ["node", "scripts/native.mjs"]
        }
      ]
    }
  ]
}
