#!/bin/sh
# Makes the base image that the Dockerfile names, of Debian's packages and this machine's Node and npm, so that the
# image can be built and run where no image registry can be reached. Usage: base-image.sh NAME FOLDER
set -eu
name=$1
root=$2/rootfs

rm -rf "$root"
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=ca-certificates,libstdc++6 bookworm "$root" >"$2/debootstrap.log" 2>&1 || {
  tail -n 20 "$2/debootstrap.log" >&2
  exit 1
}
rm -rf "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* \
  "$root"/usr/share/doc "$root"/usr/share/info "$root"/usr/share/man "$root"/usr/share/locale

mkdir -p "$root/usr/local/bin" "$root/usr/local/lib/node_modules"
cp -L "$(node -p process.execPath)" "$root/usr/local/bin/node"
cp -RL "$(npm root --global)/npm" "$root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"

# Where a proxy reads along, npm must know its certificate during the build.
set --
if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
  cp "$NODE_EXTRA_CA_CERTS" "$root/etc/ssl/certs/extra.crt"
  set -- --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/extra.crt'
fi
tar -C "$root" -c . | podman import --quiet "$@" - "$name"
